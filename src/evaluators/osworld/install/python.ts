/** The Python that the environment is made from: one that the pinned packages have wheels for. */
import type { Problem } from '../../../errors.js';
import type { HostFacts, HostRunner } from '../../../host/host.js';
import { compareVersions } from './markers.js';

/** The best tried first. */
const NAMES = ['python3.11', 'python3.12', 'python3.10', 'python3', 'python3.9', 'python'];
const OLDEST = '3.9';
/** The first that is too new: numpy 1.26 has no wheels for it. */
const TOO_NEW = '3.13';
/** uv brings this one where the machine has none. */
const BROUGHT_BY_UV = '3.11';
/** A shim of pyenv's on a busy machine. */
const LIMIT_MS = 20_000;

const LOOK =
  'import sys, importlib.util as u; print(sys.version.split()[0], u.find_spec("ensurepip") is not None, sys.executable)';

/** What makes the environment and installs into it. */
export interface Toolchain {
  tool: 'pip' | 'uv';
  /** What a virtual environment is made from: a path, or for uv the version that it brings. */
  python: string;
  version: string;
}

type Machine = HostRunner & Pick<HostFacts, 'platform' | 'user'>;

export async function findUv(machine: HostRunner, signal: AbortSignal): Promise<boolean> {
  return (await machine.run(['uv', '--version'], { signal, timeoutMs: LIMIT_MS })).exitCode === 0;
}

/** Never throws but for the signal's reason. */
export async function findToolchain(
  machine: Machine,
  { hasUv, offline, signal }: { hasUv: boolean; offline: boolean; signal: AbortSignal },
): Promise<Toolchain | Problem> {
  const unfit: string[] = [];
  for (const name of NAMES) {
    const found = await look(machine, name, signal);
    if (found === null) continue;
    const { version, hasPip, path } = found;
    if (!isFit(version)) unfit.push(`${name} is ${version}`);
    else if (hasUv) return { tool: 'uv', python: path, version };
    else if (hasPip) return { tool: 'pip', python: path, version };
    else unfit.push(`${name} has no ensurepip`);
  }
  if (hasUv && !offline) return { tool: 'uv', python: BROUGHT_BY_UV, version: `${BROUGHT_BY_UV}.0` };
  return noPython(unfit, machine);
}

export function isFit(version: string): boolean {
  return compareVersions(version, OLDEST) >= 0 && compareVersions(version, TOO_NEW) < 0;
}

/** Null when there is no such program, or it does not run. */
async function look(machine: Machine, name: string, signal: AbortSignal) {
  const { stdout } = await machine.run([name, '-I', '-c', LOOK], { signal, timeoutMs: LIMIT_MS });
  const [, version, hasPip, path] = /^(\d+\.\d+\.\d+)\S* (True|False) (.+)$/.exec(stdout.trim()) ?? [];
  return version === undefined || path === undefined ? null : { version, hasPip: hasPip === 'True', path };
}

function noPython(unfit: readonly string[], { platform, user }: Machine): Problem {
  const seen = unfit.length === 0 ? '' : ` (${unfit.join(', ')})`;
  return {
    code: 'E_EVALUATORS_INSTALL',
    message: `OSWorld's evaluators need Python 3.9 to 3.12 with ensurepip, and none was found on PATH${seen}`,
    fix: fixOf(unfit, platform, user.uid === 0 ? '' : 'sudo '),
  };
}

function fixOf(unfit: readonly string[], platform: NodeJS.Platform, sudo: string): string {
  const bare = unfit.map((words) => /^(python3\.\d+) has no ensurepip$/.exec(words)?.[1]).find(Boolean);
  if (platform === 'linux' && bare !== undefined) return `${sudo}apt-get install ${bare}-venv`;
  // A distribution whose own Python is too new has no older one.
  if (platform === 'linux' && !unfit.some((words) => words.includes(' is 3.')))
    return `${sudo}apt-get install python3 python3-venv`;
  if (platform === 'darwin') return 'brew install python@3.11';
  return 'install uv, which brings a Python of its own: curl -LsSf https://astral.sh/uv/install.sh | sh';
}
