/** How what is missing is installed: the distribution's packages as root, then the desktop's Python as this user. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { shellLine } from '../../shell-words.js';
import { makingDesktopPython, newDesktopPythonFolder } from './desktop-python.js';
import type { X11Program } from './x11-program.js';

export interface InstallCommand {
  argv: [string, ...string[]];
  as: 'root' | 'user';
}

export interface Installation {
  /** Packages that must be there before `prepare`. */
  before: string[];
  /** What makes `packages` known to apt. */
  prepare: InstallCommand[];
  /** Names of packages, or paths of their files. */
  packages: string[];
  /** Makes the desktop's Python, where that is missing. */
  python: InstallCommand[];
}

export interface System {
  isRoot: boolean;
  /** ID of os-release(5). */
  distribution: string;
  /** As `process.arch` names it. */
  arch: string;
  home: string;
}

/** Debian's browser. Ubuntu's package of that name is empty or a snap, which starts in no sandbox. */
export const CHROMIUM = 'chromium';
const GOOGLE_CHROME = 'https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb';
/** Debian's Chromium, built for Ubuntu's releases. */
const CHROMIUM_FOR_UBUNTU = 'ppa:xtradeb/apps';

export function installation(programs: readonly X11Program[], system: System = thisSystem()): Installation {
  const lacksPython = programs.some(({ debianPackage }) => debianPackage === undefined);
  const packages = [...new Set(programs.flatMap(({ debianPackage = 'python3-venv' }) => [debianPackage]))];
  const python = lacksPython ? makingDesktopPython(newDesktopPythonFolder()) : [];
  const plain: Installation = {
    before: [],
    prepare: [],
    packages,
    python: python.map((argv) => ({ argv, as: 'user' })),
  };
  if (system.distribution !== 'ubuntu' || !packages.includes(CHROMIUM)) return plain;
  return system.arch === 'x64' ? withChrome(plain, system.home) : withRepository(plain);
}

function withChrome(plain: Installation, home: string): Installation {
  const file = join(home, 'google-chrome.deb');
  return {
    ...plain,
    before: ['ca-certificates', 'curl'],
    prepare: [{ argv: ['curl', '-fsSL', '-o', file, GOOGLE_CHROME], as: 'user' }],
    packages: plain.packages.map((name) => (name === CHROMIUM ? file : name)),
  };
}

function withRepository(plain: Installation): Installation {
  return {
    ...plain,
    before: ['software-properties-common'],
    prepare: [{ argv: ['add-apt-repository', '-y', CHROMIUM_FOR_UBUNTU], as: 'root' }],
  };
}

/** One line for a shell; null when nothing is missing. */
export function installCommand(
  programs: readonly X11Program[],
  system: System = thisSystem(),
): string | null {
  if (programs.length === 0) return null;
  const { before, prepare, packages, python } = installation(programs, system);
  const install = (names: string[]): InstallCommand[] =>
    names.length === 0
      ? []
      : [{ argv: ['apt-get', 'install', '-y', '--no-install-recommends', ...names], as: 'root' }];
  const commands: InstallCommand[] = [
    { argv: ['apt-get', 'update'], as: 'root' },
    ...install(before),
    ...prepare,
    ...install(packages),
    ...python,
  ];
  const line = ({ argv, as }: InstallCommand) =>
    shellLine(as === 'root' && !system.isRoot ? ['sudo', ...argv] : argv);
  return commands.map(line).join(' && ');
}

function thisSystem(): System {
  return {
    isRoot: process.getuid?.() === 0,
    distribution: distribution(),
    arch: process.arch,
    home: homedir(),
  };
}

function distribution(): string {
  try {
    return /^ID="?(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    return ''; // not Linux, or a very bare one
  }
}
