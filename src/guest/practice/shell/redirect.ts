/** Where a command's input comes from and its output goes to. */
import { posix } from 'node:path';
import type { MemoryFiles } from '../files/memory-files.js';
import { expandText } from './expand.js';
import type { ShellHost, ShellState } from './shell.js';
import { type Redirect, type Script, ShellSyntaxError } from './syntax.js';

export interface Streams {
  stdin: Buffer;
  out: (data: Buffer) => void;
  err: (data: Buffer) => void;
}

/** The streams of a command; files are made or emptied when it starts. Throws FileError. */
export async function redirect(
  redirects: readonly Redirect[],
  shell: ShellState,
  host: ShellHost,
  streams: Streams,
  substitute: (script: Script) => Promise<string>,
): Promise<Streams> {
  const result = { ...streams };
  for (const { descriptor, operator, target } of redirects) {
    const text = await expandText(target, { shell, files: host.files, substitute });
    const path = posix.resolve(shell.cwd, text);
    if (operator === '<') {
      result.stdin = path === '/dev/null' ? Buffer.alloc(0) : host.files.read(path);
      continue;
    }
    const sink =
      operator === '>&' ? descriptorOf(text, result) : fileSink(host.files, path, operator === '>>');
    if (descriptor === 2) result.err = sink;
    else result.out = sink;
  }
  return result;
}

function descriptorOf(text: string, streams: Streams): (data: Buffer) => void {
  if (text === '1') return streams.out;
  if (text === '2') return streams.err;
  throw new ShellSyntaxError(`${text}: ambiguous redirect`);
}

function fileSink(files: MemoryFiles, path: string, append: boolean): (data: Buffer) => void {
  if (path === '/dev/null') return () => {};
  files.write(path, Buffer.alloc(0), { append });
  return (data) => files.write(path, data, { append: true });
}
