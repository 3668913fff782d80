/** What ssh_config says about a host: the words of `ssh -G`, or of our own reading where there is no ssh program. */
import { ArpoEnvError } from '../../errors.js';
import type { HostRunner } from '../../host/host.js';
import { localPrograms } from '../../host/local/programs.js';
import { addressOf, pastedSshG, type SshDestination, sshArgs } from './command-line.js';
import { readSshConfig } from './config-file.js';
import { expandHome } from './paths.js';

/** `Match exec` may run any program, and CanonicalizeHostname asks name servers, of which one may be out of reach. */
const SSH_G_TIMEOUT_MS = 60_000;

/** Values by keyword, in lower case; `none` and the like stand as ssh prints them. */
export class SshSettings {
  readonly #values = new Map<string, string[]>();
  readonly #defaults: SshSettings | null;

  constructor(
    lines: Iterable<readonly [keyword: string, value: string]>,
    /** What of the config could not be taken over, one line each. */
    readonly ignored: readonly string[] = [],
    /** What ssh says of a host that no config names; without an ssh program nothing, and then all is the user's own. */
    defaults: SshSettings | null = null,
  ) {
    this.#defaults = defaults;
    for (const [keyword, value] of lines) this.#values.set(keyword, [...this.all(keyword), value]);
  }

  all(keyword: string): string[] {
    return this.#values.get(keyword) ?? [];
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
    return this.#defaults?.one(keyword);
  }
}

export type SshAnswer =
  | { kind: 'settings'; lines: [keyword: string, value: string][] }
  | { kind: 'no-ssh' }
  /** In ssh's own words. */
  | { kind: 'refused'; words: string };

/** What `ssh -G` says of a host. Throws E_USAGE for what cannot be one. */
export async function askSsh(
  destination: SshDestination,
  signal: AbortSignal,
  machine: HostRunner = localPrograms(process.env, process.getuid?.() === 0),
): Promise<SshAnswer> {
  // Keys and jumps from the command line are known already; ssh_config's are asked for. -N: without it ssh takes a config with
  // `ForkAfterAuthentication yes` for an error, as there is no command.
  const args = sshArgs({ ...destination, identityFiles: [], jump: undefined }, { flags: ['-G', '-N'] });
  const { exitCode, stdout, stderr } = await machine.run(['ssh', ...args], {
    signal,
    timeoutMs: SSH_G_TIMEOUT_MS,
  });
  if (exitCode === NOT_FOUND) return { kind: 'no-ssh' };
  if (exitCode !== 0) return { kind: 'refused', words: stderr.trim() || NO_ANSWER };
  return { kind: 'settings', lines: stdout.split('\n').flatMap(parseLine) };
}

/** ssh's own answer and its defaults; our reading where there is no ssh. Throws E_CONFIG when ssh_config cannot be used, and E_SSH_HOST when that takes a network. */
export async function readSettings(destination: SshDestination, signal: AbortSignal): Promise<SshSettings> {
  const { configFile } = destination;
  if (configFile === 'none') return new SshSettings([]);
  const { host } = addressOf(destination);
  const [answer, plain] = await Promise.all([
    askSsh(destination, signal),
    askSsh({ host, configFile: 'none' }, signal),
  ]);
  signal.throwIfAborted();
  switch (answer.kind) {
    case 'settings':
      return new SshSettings(answer.lines, [], new SshSettings(plain.kind === 'settings' ? plain.lines : []));
    case 'no-ssh': {
      const { lines, ignored } = await readSshConfig(host, configFile && expandHome(configFile));
      return new SshSettings(lines, ignored);
    }
    case 'refused':
      if (isAboutNetwork(answer.words)) throw nameNotFound(destination, answer.words);
      throw new ArpoEnvError({
        code: 'E_CONFIG',
        message: `ssh cannot make sense of \`${host}\`: ${answer.words}`,
        fix: `fix the line that it names, then check with: ${pastedSshG(destination)}`,
      });
  }
}

const NO_ANSWER = 'ssh -G did not answer in time';

/** With CanonicalizeHostname ssh asks name servers before it knows what the config says. */
function isAboutNetwork(words: string): boolean {
  return words === NO_ANSWER || /Could not resolve host/.test(words);
}

function nameNotFound(destination: SshDestination, words: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SSH_HOST',
    message: `the name ${destination.host} cannot be resolved, which CanonicalizeHostname or Match in ssh_config asks for: ${words}`,
    fix: `check the spelling, network and VPN; what ssh resolves it to: ${pastedSshG(destination)} | grep ^hostname`,
  });
}

/** See RunResult. */
const NOT_FOUND = 127;

function parseLine(line: string): [string, string][] {
  const [keyword = '', ...rest] = line.trim().split(' ');
  const value = rest.join(' ');
  return keyword && value ? [[keyword, value]] : [];
}
