/**
 * A virtual machine's .vmx file: read as VMware reads it, and changed key by key while every other byte stays.
 * The format is that of `lib/dict/dictll.c` in open-vm-tools: `name = "value"` or `name = value` on a line, comments
 * after #, names in any case, |xx for what a value in quotes cannot hold.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TextDecoder } from 'node:util';
import { ArpoEnvError } from '../../errors.js';
import { errno } from '../../lib/errno.js';
import { fileError } from '../../lib/file-error.js';
import { writeAtomically } from '../../lib/write-atomically.js';
import { singleQuoted } from '../../shell-words.js';

export interface Vmx {
  /** The value of `key`, in whatever case it is written; undefined where there is none. */
  get(key: string): string | undefined;
}

/** New values by key; null takes the key out. */
export type VmxChanges = Readonly<Record<string, string | null>>;

/** VMware's own are a few kB. */
const SIZE_LIMIT = 1024 ** 2;
/** Blanks and name; `=`; the value with or without quotes; blanks, comment and the CR of a file from Windows. */
const ENTRY = /^([ \t]*([^ \t#=]+))([ \t]*=[ \t]*)(?:"([^"]*)"|([^" \t#\r][^ \t#\r]*)?)([ \t]*(?:#.*)?\r?)$/;

/** Throws E_VMWARE where there is no such file or it is not a .vmx, E_NO_PERMISSION where it may not be read. */
export async function readVmx(file: string): Promise<Vmx> {
  return parseVmx(await readBytes(file), file);
}

/** What the text of a .vmx says; `name` is for errors. Throws E_VMWARE. */
export function parseVmx(bytes: Buffer, name: string): Vmx {
  const lines = linesOf(bytes);
  const decode = decoderOf(lines);
  const values = new Map<string, string>();
  for (const line of lines) {
    const entry = entryOf(line);
    if (entry !== null) values.set(entry.key, decode(entry.value));
  }
  // VMware itself takes no file without this one.
  if (!values.has('config.version'))
    throw notVmx(`${name} is not a .vmx file: it has no config.version`, name);
  return { get: (key) => values.get(key.toLowerCase()) };
}

/**
 * Gives the file these values, in one step: whoever reads it sees the old ones or the new. A key that is not there is
 * added at the end. The machine must be off: VMware writes the file when it powers one off. Throws as `readVmx`,
 * E_DISK_FULL, and E_VMWARE for a value that the file's encoding cannot hold.
 */
export async function patchVmx(file: string, changes: VmxChanges): Promise<void> {
  const bytes = await readBytes(file);
  parseVmx(bytes, file);
  const patched = patch(bytes, changes, file);
  if (patched.equals(bytes)) return;
  try {
    // A link stays one; its target is what changes.
    const target = await realpath(file);
    await writeAtomically(target, patched, (await stat(target)).mode & 0o777);
  } catch (error) {
    throw fileError(error, file);
  }
}

function patch(bytes: Buffer, changes: VmxChanges, name: string): Buffer {
  const lines = linesOf(bytes);
  const isUtf8 = encodingOf(lines) === 'utf-8';
  const wanted = new Map(Object.entries(changes).map(([key, value]) => [key.toLowerCase(), { key, value }]));
  const written = new Set<string>();
  const kept = lines.flatMap((line) => {
    const entry = entryOf(line);
    const change = entry === null ? undefined : wanted.get(entry.key);
    if (entry === null || change === undefined) return [line];
    // VMware refuses a file in which a key comes twice.
    if (change.value === null || written.has(entry.key)) return [];
    written.add(entry.key);
    return [`${entry.before}"${encode(change.value, isUtf8, name)}"${entry.after}`];
  });
  const lineEnd = lines[0]?.endsWith('\r') ? '\r\n' : '\n';
  const added = [...wanted].flatMap(([lower, { key, value }]) =>
    value === null || written.has(lower) ? [] : [`${key} = "${encode(value, isUtf8, name)}"${lineEnd}`],
  );
  const text = kept.join('\n');
  const gap = added.length === 0 || text.endsWith('\n') ? '' : lineEnd;
  return Buffer.from(`${text}${gap}${added.join('')}`, 'latin1');
}

/** Each byte as one character, so that all of them come back as they were. */
function linesOf(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\n');
}

function entryOf(line: string) {
  const match = ENTRY.exec(line.replace(/^\xef\xbb\xbf/, ''));
  if (match === null) return null;
  const [, name = '', key = '', equals = '', quoted, plain = '', after = ''] = match;
  const mark = line.startsWith('\xef\xbb\xbf') ? '\xef\xbb\xbf' : '';
  return { key: key.toLowerCase(), value: quoted ?? plain, before: `${mark}${name}${equals}`, after };
}

/** `.encoding` is the file's own word; Windows' Workstation writes names such as windows-1252 and GBK. */
function encodingOf(lines: readonly string[]): string {
  const entries = lines.map(entryOf);
  return entries.find((entry) => entry?.key === '.encoding')?.value.toLowerCase() ?? 'utf-8';
}

function decoderOf(lines: readonly string[]): (value: string) => string {
  const decoder = textDecoder(encodingOf(lines));
  return (value) => {
    const raw = value.replace(/\|([0-9a-f]{2})/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return decoder.decode(Buffer.from(raw, 'latin1'));
  };
}

function textDecoder(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder('latin1'); // What we look for is ASCII in any of them.
  }
}

/** As one character a byte. */
function encode(value: string, isUtf8: boolean, name: string): string {
  if (!isUtf8 && /[^\0-\x7f]/.test(value))
    throw notVmx(`${JSON.stringify(value)} cannot be written into ${name}, which is not UTF-8`, name);
  const escaped = value.replace(/["|\p{Cc}]/gu, (char) => {
    const code = char.charCodeAt(0);
    return code > 0x7f || char === '\t' ? char : `|${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return Buffer.from(escaped, 'utf8').toString('latin1');
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > SIZE_LIMIT) throw notVmx(`${file} is not a .vmx file: it has ${size} bytes`, file);
    return await readFile(file);
  } catch (error) {
    const code = errno(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw notVmx(`there is no ${file}`, file);
    if (code === 'EISDIR') throw notVmx(`${file} is a folder; the .vmx file is in it`, file);
    throw fileError(error, file);
  }
}

function notVmx(message: string, file: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_VMWARE',
    message,
    fix: `name the .vmx file of the machine; look for it: ls -l ${singleQuoted(dirname(file))}`,
  });
}
