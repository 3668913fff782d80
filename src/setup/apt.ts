/** Packages of the distribution, without questions: neither debconf's nor needrestart's. */
import { join } from 'node:path';
import type { Problem } from '../errors.js';
import { asRoot, asUser, type Command, HOUR_MS, NETWORK_RETRY } from './command.js';
import { query } from './query.js';
import type { CommandFailure, SetupContext } from './step.js';

const QUIET = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a' };
/** apt waits for dpkg's own lock by itself. */
const WAIT = ['-o', 'DPkg::Lock::Timeout=600'];

/** Those that are not installed. */
export async function missingPackages(names: readonly string[], context: SetupContext): Promise<string[]> {
  const { stdout } = await query(
    context,
    asUser(['dpkg-query', '--show', '--showformat', '${Package} ${db:Status-Status}\\n', ...names]),
  );
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return names.filter((name) => !installed.has(`${name} installed`));
}

/** Offline: everything in `debs/` of that folder at once, since dependencies come from there as well. */
export async function installPackages(names: readonly string[], context: SetupContext): Promise<Command[]> {
  const { offline } = context.settings;
  const install = async () => {
    if (offline === null) return [...names];
    const debs = (await context.machine.list(join(offline, 'debs'))).filter((name) => name.endsWith('.deb'));
    return debs.map((name) => join(offline, 'debs', name));
  };
  const packages = await install();
  return [
    ...(await repairInterrupted(context)),
    ...(offline === null ? [updateLists()] : []),
    apt([
      'install',
      '--yes',
      '--no-install-recommends',
      ...(offline === null ? [] : ['--no-download']),
      ...packages,
    ]),
  ];
}

export function updateLists(): Command {
  return apt(['update']);
}

/** What a package manager that was cut off has left half done stops every later one. */
async function repairInterrupted(context: SetupContext): Promise<Command[]> {
  const { stdout } = await query(context, asUser(['dpkg', '--audit']));
  return stdout.trim() === ''
    ? []
    : [asRoot(['dpkg', '--configure', '--pending'], { env: QUIET, lock: 'apt' })];
}

function apt(args: readonly string[]): Command {
  return asRoot(['apt-get', ...WAIT, ...args], {
    env: QUIET,
    lock: 'apt',
    retry: NETWORK_RETRY,
    limitMs: HOUR_MS,
  });
}

/** What apt says of a repository that cannot be trusted, one that is none, and of a package that no list has. */
export function explainApt({ lines }: CommandFailure): Problem | null {
  const text = lines.join('\n');
  if (/NO_PUBKEY|is not signed|couldn't be verified|BADSIG/.test(text)) {
    return problem(
      'an apt repository is not signed with the key that belongs to it',
      'behind a mirror take its own key along with it (setup.dockerAptUrl has a file gpg), or use --docker-source distro',
    );
  }
  const release = /The repository '(\S+) (\S+) Release' does not have a Release file/.exec(text);
  if (release !== null) {
    return problem(
      `${release[1]} has nothing for ${release[2]}`,
      'use --docker-source distro, or correct setup.dockerAptUrl; the sources are in /etc/apt/sources.list.d',
    );
  }
  const missing = /Unable to locate package (\S+)|Package '?([\w.+-]+)'? has no installation candidate/.exec(
    text,
  );
  if (missing === null) return null;
  return problem(
    `no list of apt has the package ${missing[1] ?? missing[2]}`,
    'sudo apt-get update says why; the sources are in /etc/apt/sources.list and /etc/apt/sources.list.d',
  );
}

function problem(message: string, fix: string): Problem {
  return { code: 'E_SETUP_STEP', message, fix };
}
