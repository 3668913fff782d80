/** Which programs a real X desktop is made of, and which of them this machine lacks. */
import { desktopPath } from './enclosure/path.js';
import { findProgram, isFile } from './executables.js';

export interface X11Program {
  /** Names under which the executable goes; the first that is found is used. */
  names: readonly [string, ...string[]];
  /** Files of which one shows that it is there, where it is not an executable. */
  files?: readonly string[];
  /** The Debian and Ubuntu package that has it. */
  debianPackage: string;
  /** What the desktop does with it, in a few words. */
  purpose: string;
}

export interface MissingPrograms {
  /** Without these there is no desktop. */
  required: X11Program[];
  /** Without these the desktop lacks what `purpose` says, and says so when it is asked for it. */
  optional: X11Program[];
  /** One command that installs all the required ones; null when none is missing. */
  installRequired: string | null;
  /** One command that installs all of both lists; null when none is missing. */
  installAll: string | null;
}

export const BROWSER: X11Program = {
  names: ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'],
  debianPackage: 'chromium',
  purpose: 'the browser and its CDP',
};
export const EDITOR: X11Program = {
  names: ['gedit', 'gnome-text-editor', 'mousepad'],
  debianPackage: 'mousepad',
  purpose: 'the text editor',
};
/** Its files are served to browsers (vnc/novnc.ts). */
export const NOVNC = {
  names: ['noVNC'],
  folder: '/usr/share/novnc',
  files: ['/usr/share/novnc/vnc.html'],
  debianPackage: 'novnc',
  purpose: 'mouse and keyboard on the page where a person watches (--vnc-port)',
} as const satisfies X11Program & { folder: string };
const REQUIRED: readonly X11Program[] = [
  { names: ['Xvfb'], debianPackage: 'xvfb', purpose: 'the X display' },
  { names: ['openbox'], debianPackage: 'openbox', purpose: 'the window manager' },
  { names: ['xterm'], debianPackage: 'xterm', purpose: 'the terminal' },
  BROWSER,
];
const BUS: X11Program = {
  names: ['dbus-daemon'],
  debianPackage: 'dbus',
  purpose: 'a session bus, which applications talk over',
};
/** Where Debian and Ubuntu put what belongs to one architecture. */
const MULTIARCH: Partial<Record<NodeJS.Architecture, string>> = {
  x64: '/x86_64-linux-gnu',
  arm64: '/aarch64-linux-gnu',
};
const TREE = 'the accessibility tree (GET /accessibility)';
/** The Python for which Debian and Ubuntu build their modules, whatever else is in front of it in PATH. */
export const SYSTEM_PYTHON = '/usr/bin/python3';
const ACCESSIBILITY: readonly X11Program[] = [
  { names: ['python3'], files: [SYSTEM_PYTHON], debianPackage: 'python3', purpose: TREE },
  {
    names: ['at-spi-bus-launcher'],
    files: ['/usr/libexec/at-spi-bus-launcher', '/usr/lib/at-spi2-core/at-spi-bus-launcher'],
    debianPackage: 'at-spi2-core',
    purpose: TREE,
  },
  {
    names: ['Atspi-2.0.typelib'],
    files: [MULTIARCH[process.arch] ?? '', ''].map(
      (folder) => `/usr/lib${folder}/girepository-1.0/Atspi-2.0.typelib`,
    ),
    debianPackage: 'gir1.2-atspi-2.0',
    purpose: TREE,
  },
  {
    names: ['gi'],
    files: ['/usr/lib/python3/dist-packages/gi/__init__.py'],
    debianPackage: 'python3-gi',
    purpose: TREE,
  },
];
const OPTIONAL: readonly X11Program[] = [
  EDITOR,
  { names: ['tint2'], debianPackage: 'tint2', purpose: 'the panel with launchers, windows and a clock' },
  BUS,
  { names: ['python3'], debianPackage: 'python3', purpose: 'Python code that is more than pyautogui calls' },
  { names: ['ffmpeg'], debianPackage: 'ffmpeg', purpose: 'video recordings' },
  { names: ['x11vnc'], debianPackage: 'x11vnc', purpose: 'watching over VNC (--vnc-port)' },
  NOVNC,
  ...ACCESSIBILITY,
];

/** Looks each program up in `path`; default: the PATH that a desktop's programs have. */
export async function missingX11Programs(path = desktopPath()): Promise<MissingPrograms> {
  const [required, optional] = await Promise.all([missingOf(REQUIRED, path), missingOf(OPTIONAL, path)]);
  return {
    required,
    optional,
    installRequired: installCommand(required),
    installAll: installCommand([...required, ...optional]),
  };
}

/** What the accessibility tree needs and is not here; `install`: one command for all of it. */
export async function missingForAccessibility(
  path = desktopPath(),
): Promise<{ programs: X11Program[]; install: string | null }> {
  const programs = await missingOf([BUS, ...ACCESSIBILITY], path);
  return { programs, install: installCommand(programs) };
}

async function missingOf(programs: readonly X11Program[], path: string): Promise<X11Program[]> {
  const isThere = await Promise.all(
    programs.map(async ({ names, files }) =>
      files === undefined ? (await findProgram(names, path)) !== null : areThere(files),
    ),
  );
  return programs.filter((_program, index) => !isThere[index]);
}

async function areThere(files: readonly string[]): Promise<boolean> {
  return (await Promise.all(files.map(isFile))).includes(true);
}

function installCommand(programs: readonly X11Program[]): string | null {
  if (programs.length === 0) return null;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const packages = [...new Set(programs.map(({ debianPackage }) => debianPackage))];
  return `${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}
