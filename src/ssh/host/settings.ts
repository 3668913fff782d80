/** What ssh_config says about a host: the words of `ssh -G`, or of our own reading where there is no ssh program. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import type { Address } from './address.js';
import { readSshConfig } from './config-file.js';

const SSH_G_TIMEOUT_MS = 10_000;

/** Values by keyword, in lower case; `none` and the like stand as ssh prints them. */
export class SshSettings {
  private readonly values = new Map<string, string[]>();

  constructor(
    lines: Iterable<readonly [keyword: string, value: string]>,
    /** What of the config could not be taken over, one line each. */
    readonly ignored: readonly string[] = [],
    /** What ssh says of a host that no config names; without an ssh program nothing, and then all is the user's own. */
    private readonly defaults: SshSettings | null = null,
  ) {
    for (const [keyword, value] of lines) this.values.set(keyword, [...this.all(keyword), value]);
  }

  all(keyword: string): string[] {
    return this.values.get(keyword) ?? [];
  }

  one(keyword: string): string | undefined {
    return this.all(keyword).find((value) => value !== 'none');
  }

  number(keyword: string): number | undefined {
    const value = Number(this.one(keyword));
    return Number.isFinite(value) ? value : undefined;
  }

  /** ssh prints some of its flags as `yes`, others as `true`. */
  flag(keyword: string): boolean | undefined {
    const value = this.one(keyword);
    return value === undefined ? undefined : value === 'yes' || value === 'true';
  }

  /** A value that differs from ssh's default; null for the default, and where there is none. */
  own(keyword: string): string | null {
    const value = this.one(keyword);
    return value === undefined || value === this.defaultOf(keyword) ? null : value;
  }

  defaultOf(keyword: string): string | undefined {
    return this.defaults?.one(keyword);
  }
}

/** `configFile` is ssh's `-F`; `none` reads nothing. Throws E_CONFIG when ssh_config cannot be used. */
export async function readSettings(
  address: Address,
  configFile: string | undefined,
  signal: AbortSignal,
): Promise<SshSettings> {
  if (configFile === 'none') return new SshSettings([]);
  const file = configFile === undefined ? [] : ['-F', expandHome(configFile)];
  const user = address.user === undefined ? [] : ['-l', address.user];
  const port = address.port === undefined ? [] : ['-p', String(address.port)];
  const [result, plain] = await Promise.all([
    askSsh([...file, ...user, ...port], address, signal),
    askSsh(['-F', 'none'], address, signal),
  ]);
  signal.throwIfAborted();
  if (result.failed && result.code === 'ENOENT') {
    const { lines, ignored } = await readSshConfig(address.host, configFile && expandHome(configFile));
    return new SshSettings(lines, ignored);
  }
  if (result.failed) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `ssh cannot make sense of \`${address.host}\`: ${result.stderr.trim() || result.shortMessage}`,
      fix: `fix the line that it names, then check with: ssh -G ${address.host}`,
    });
  }
  const defaults = new SshSettings(plain.stdout.split('\n').flatMap(parseLine));
  return new SshSettings(result.stdout.split('\n').flatMap(parseLine), [], defaults);
}

function askSsh(args: readonly string[], { host }: Address, signal: AbortSignal) {
  return execa('ssh', ['-G', ...args, '--', host], {
    cancelSignal: signal,
    timeout: SSH_G_TIMEOUT_MS,
    stdin: 'ignore',
    reject: false,
  });
}

export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function parseLine(line: string): [string, string][] {
  const [keyword = '', ...rest] = line.trim().split(' ');
  const value = rest.join(' ');
  return keyword && value ? [[keyword, value]] : [];
}
