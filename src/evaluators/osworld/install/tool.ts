/** The command lines of pip and uv that make the environment and install into it, and what their lines say of how far they are. */
import type { Argv } from '../../../host/host.js';
import { nameOf, placesIn } from '../installation.js';
import type { Toolchain } from './python.js';

/** PyPI has these as source only; they are plain Python, which needs no compiler. */
const FROM_SOURCE = ['odfpy', 'fastdtw'];

export interface PackageSource {
  /** Folder with wheels, in place of any index. */
  offline: string | null;
  /** Null: what pip's or uv's own settings say. */
  indexUrl: string | null;
  /** Of the config: what names that index. */
  field: 'evaluators.indexUrl' | 'evaluators.torchIndexUrl';
}

/** Nothing that a user set for pip changes where packages go, and no index asks for a password. */
const PIP_SETTINGS = {
  PIP_NO_INPUT: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_USER: '0',
  PIP_REQUIRE_VIRTUALENV: '0',
  PIP_TARGET: '',
  PIP_PREFIX: '',
  PIP_ROOT: '',
  PIP_CONSTRAINT: '',
  PIP_REQUIREMENT: '',
};

/** An index's URL may hold a password: it goes through the environment. */
export function toolEnvironment({ indexUrl }: PackageSource): Record<string, string> {
  if (indexUrl === null) return PIP_SETTINGS;
  return { ...PIP_SETTINGS, PIP_INDEX_URL: indexUrl, PIP_EXTRA_INDEX_URL: '', UV_DEFAULT_INDEX: indexUrl };
}

/** One that is there already is made anew. */
export function makingVenv({ tool, python }: Toolchain, dir: string): Argv {
  const { venv } = placesIn(dir);
  return tool === 'uv'
    ? ['uv', 'venv', '--clear', '--python', python, venv]
    : [python, '-I', '-m', 'venv', '--clear', venv];
}

/** `pins`: all that is wanted, also what they need themselves. `target`: another folder than the environment's. */
export function installing(
  { tool }: Toolchain,
  dir: string,
  pins: readonly string[],
  { offline }: PackageSource,
  target: string | null = null,
): Argv {
  const { python } = placesIn(dir);
  const program: [string, ...string[]] =
    tool === 'uv'
      ? ['uv', 'pip', 'install', '--python', python, '--no-progress']
      : [python, '-I', '-m', 'pip', 'install', '--progress-bar', 'off', '--no-compile'];
  return [
    ...program,
    '--no-deps',
    '--only-binary',
    ':all:',
    ...FROM_SOURCE.flatMap((name) => ['--no-binary', name]),
    ...(offline === null ? [] : ['--no-index', '--find-links', offline]),
    ...(target === null ? [] : ['--target', target]),
    ...pins,
  ];
}

/** `Downloading numpy-1.26.4-cp311-….whl (18.3 MB)` of pip's, `Downloading numpy (17.3MiB)` of uv's; names as indexes compare them. */
export function readProgress(line: string): { name: string; bytes: number } | null {
  const collecting = /^Collecting ([\w.-]+)==/.exec(line)?.[1];
  if (collecting !== undefined) return { name: nameOf(collecting), bytes: 0 };
  const [, name = '', amount, unit = ''] =
    /^\s*(?:Downloading|Using cached) (?:\S*\/)?([\w.-]+?)(?:-\d\S*)? \(([\d.]+) ?([kKMG]?)i?B\)/.exec(
      line,
    ) ?? [];
  if (amount === undefined) return null;
  return { name: nameOf(name), bytes: Number(amount) * (FACTORS[unit.toUpperCase()] ?? 1) };
}

const FACTORS: Record<string, number> = { K: 1e3, M: 1e6, G: 1e9 };
