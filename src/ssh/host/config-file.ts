/**
 * The common part of ssh_config(5), for machines without an ssh program: Host, Include and the values under them.
 * What it leaves out is told: Match (other than `all`) and keywords that only a later ssh knows. Not the package `ssh-config`:
 * that one knows no Include, and runs the commands of `Match exec`.
 */

import { readdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { errno, messageOf } from '../../lib/errno.js';
import { accountHome, expandHome } from './paths.js';
import { matchesPatterns, patternToRegExp } from './patterns.js';

export interface SshConfigReading {
  /** As `ssh -G` prints them: keywords in lower case. */
  lines: [keyword: string, value: string][];
  ignored: string[];
}

const SYSTEM_CONFIG = '/etc/ssh/ssh_config';
/** As in OpenSSH's readconf.c. */
const MAX_INCLUDE_DEPTH = 16;
const REPEATABLE = new Set(['identityfile', 'certificatefile']);
/** The first of the two that is set shuts the other one out. */
const PROXIES = ['proxyjump', 'proxycommand'];

/** Only `file` when it is given, else the user's and the system's. Throws E_CONFIG for a file that cannot be read or made sense of. */
export async function readSshConfig(
  host: string,
  file: string | undefined,
  home = accountHome(),
): Promise<SshConfigReading> {
  const reader = new Reader(host, home);
  const own = join(home, '.ssh', 'config');
  if (file !== undefined) await reader.read(file, dirname(own), 0, true);
  else {
    await reader.read(own, dirname(own), 0, false);
    await reader.read(SYSTEM_CONFIG, dirname(SYSTEM_CONFIG), 0, false);
  }
  return reader;
}

class Reader implements SshConfigReading {
  readonly lines: [string, string][] = [];
  readonly ignored: string[] = [];

  readonly #host: string;
  readonly #home: string;

  constructor(host: string, home: string) {
    this.#host = host;
    this.#home = home;
  }

  async read(file: string, folder: string, depth: number, required: boolean): Promise<void> {
    const text = await readText(file, required);
    let applies = true;
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const where = `${file}:${index + 1}`;
      const { keyword, value } = splitLine(line);
      if (keyword === '') continue;
      const words = splitWords(value);
      if (words === null || words.length === 0) throw badLine(where, line);
      if (keyword === 'host') applies = matchesPatterns(words, this.#host);
      else if (keyword === 'match') {
        applies = words.length === 1 && words[0]?.toLowerCase() === 'all';
        if (!applies)
          this.ignored.push(`${where}: Match ${value} (only \`ssh\` itself can tell whether it applies)`);
      } else if (!applies) continue;
      else if (keyword === 'include') await this.#include(words, folder, depth, where);
      else this.#set(keyword, keyword === 'proxycommand' ? value : words.join(' '));
    }
  }

  async #include(patterns: string[], folder: string, depth: number, where: string): Promise<void> {
    if (depth >= MAX_INCLUDE_DEPTH) throw badLine(where, 'Include: files include each other without end');
    for (const pattern of patterns) {
      const path = expandHome(pattern, this.#home);
      for (const file of await expandGlob(isAbsolute(path) ? path : join(folder, path)))
        await this.read(file, folder, depth + 1, false);
    }
  }

  /** The first value of a keyword holds. */
  #set(keyword: string, value: string): void {
    const rivals = PROXIES.includes(keyword) ? PROXIES : [keyword];
    const isSet = this.lines.some(([name]) => rivals.includes(name));
    if (!isSet || REPEATABLE.has(keyword)) this.lines.push([keyword, value]);
  }
}

async function readText(file: string, required: boolean): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!required && errno(error) === 'ENOENT') return '';
    throw new ArpoEnvError(
      {
        code: 'E_CONFIG',
        message: `${file} cannot be read: ${messageOf(error)}`,
        fix: 'name another file with --ssh-config, or none',
      },
      { cause: error },
    );
  }
}

/** `Keyword value`, `Keyword = value`; a `#` at the start makes a comment. */
function splitLine(line: string): { keyword: string; value: string } {
  const [, keyword = '', value = ''] = /^\s*([^#\s=]+)(?:\s*=\s*|\s+|$)(.*?)\s*$/.exec(line) ?? [];
  return { keyword: keyword.toLowerCase(), value };
}

/** Words, some in double quotes, up to a comment; null for a quote without its end. */
function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let rest = text;
  while (rest !== '' && !rest.startsWith('#')) {
    const match = /^(?:"([^"]*)"|([^"\s]\S*))(?:\s+|$)/.exec(rest);
    if (!match) return null;
    words.push(match[1] ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
  }
  return words;
}

/** The files that a path with `*` and `?` in it names, sorted, as glob(7) finds them. */
async function expandGlob(path: string): Promise<string[]> {
  const [root = '', ...segments] = path.split('/');
  let found = [`${root}/`];
  for (const segment of segments) {
    if (!/[*?]/.test(segment)) {
      found = found.map((folder) => join(folder, segment));
      continue;
    }
    const pattern = patternToRegExp(segment);
    const matches = found.map(async (folder) => {
      const names = await readdir(folder).catch(() => []); // a pattern may lead nowhere
      const visible = names.filter(
        (name) => pattern.test(name) && (segment.startsWith('.') || !name.startsWith('.')),
      );
      return visible.sort().map((name) => join(folder, name));
    });
    found = (await Promise.all(matches)).flat();
  }
  return found;
}

function badLine(where: string, line: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: `${where} cannot be understood: ${line.trim()}`,
    fix: 'fix that line, or name another file with --ssh-config',
  });
}
