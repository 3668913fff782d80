/** What ssh_config says about a host: the words of `ssh -G`, or of our own reading where there is no ssh program. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';
import type { Address } from './address.js';
import { readSshConfig } from './ssh-config.js';

const SSH_G_TIMEOUT_MS = 10_000;

/** Values by keyword, in lower case; `none` and the like stand as ssh prints them. */
export class SshSettings {
  private readonly values = new Map<string, string[]>();

  constructor(
    lines: Iterable<readonly [keyword: string, value: string]>,
    /** What of the config could not be taken over, one line each. */
    readonly ignored: readonly string[] = [],
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

  /** Members of a comma-separated list; null when it is not set. */
  list(keyword: string): string[] | null {
    return this.one(keyword)?.split(',') ?? null;
  }
}

/** `configFile` is ssh's `-F`; `none` reads nothing. Throws E_CONFIG when ssh_config cannot be used. */
export async function readSettings(
  address: Address,
  configFile: string | undefined,
  signal: AbortSignal,
): Promise<SshSettings> {
  if (configFile === 'none') return new SshSettings([]);
  const args = ['-G'];
  if (configFile) args.push('-F', expandHome(configFile));
  if (address.user) args.push('-l', address.user);
  if (address.port) args.push('-p', String(address.port));
  const result = await execa('ssh', [...args, '--', address.host], {
    cancelSignal: signal,
    timeout: SSH_G_TIMEOUT_MS,
    stdin: 'ignore',
    reject: false,
  });
  signal.throwIfAborted();
  if (result.failed && result.code === 'ENOENT') {
    const { lines, ignored } = await readSshConfig(address.host, configFile && expandHome(configFile));
    return new SshSettings(lines, ignored);
  }
  if (result.failed) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `ssh cannot make sense of \`${address.host}\`: ${result.stderr.trim() || result.shortMessage}`,
      hint: `mend the line that it names, then check with: ssh -G ${address.host}`,
    });
  }
  return new SshSettings(result.stdout.split('\n').flatMap(parseLine));
}

export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function parseLine(line: string): [string, string][] {
  const [keyword = '', ...rest] = line.trim().split(' ');
  const value = rest.join(' ');
  return keyword && value ? [[keyword, value]] : [];
}
