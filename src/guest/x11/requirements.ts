/** Which programs a real X desktop is made of, and which of them this machine lacks. */
import { desktopPath } from './enclosure/path.js';
import { findProgram, isFile } from './executables.js';

export interface X11Program {
  /** Names under which the executable goes; the first that is found is used. */
  names: readonly [string, ...string[]];
  /** A file that shows it is there, where it is not an executable. */
  file?: string;
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
  file: '/usr/share/novnc/vnc.html',
  debianPackage: 'novnc',
  purpose: 'mouse and keyboard on the page where a person watches (--vnc-port)',
} as const satisfies X11Program & { folder: string };
const REQUIRED: readonly X11Program[] = [
  { names: ['Xvfb'], debianPackage: 'xvfb', purpose: 'the X display' },
  { names: ['openbox'], debianPackage: 'openbox', purpose: 'the window manager' },
  { names: ['xterm'], debianPackage: 'xterm', purpose: 'the terminal' },
  BROWSER,
];
const OPTIONAL: readonly X11Program[] = [
  EDITOR,
  { names: ['tint2'], debianPackage: 'tint2', purpose: 'the panel with launchers, windows and a clock' },
  { names: ['dbus-daemon'], debianPackage: 'dbus', purpose: 'a session bus, which applications talk over' },
  { names: ['python3'], debianPackage: 'python3', purpose: 'Python code that is more than pyautogui calls' },
  { names: ['ffmpeg'], debianPackage: 'ffmpeg', purpose: 'video recordings' },
  { names: ['x11vnc'], debianPackage: 'x11vnc', purpose: 'watching over VNC (--vnc-port)' },
  NOVNC,
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

async function missingOf(programs: readonly X11Program[], path: string): Promise<X11Program[]> {
  const isThere = await Promise.all(
    programs.map(async ({ names, file }) =>
      file === undefined ? (await findProgram(names, path)) !== null : isFile(file),
    ),
  );
  return programs.filter((_program, index) => !isThere[index]);
}

function installCommand(programs: readonly X11Program[]): string | null {
  if (programs.length === 0) return null;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const packages = [...new Set(programs.map(({ debianPackage }) => debianPackage))];
  return `${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}
