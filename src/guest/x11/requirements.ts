/** Which programs and Python modules a real X desktop is made of, and which of them this machine lacks. */
import {
  DESKTOP_MODULES,
  desktopPythonFolders,
  findDesktopPython,
  missingModules,
  pythonIn,
  SYSTEM_PYTHON,
} from './desktop-python.js';
import { findProgram, isFile } from './executables.js';
import { CHROMIUM, installCommand } from './install.js';
import { desktopPath } from './place.js';
import type { X11Program } from './x11-program.js';

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
  debianPackage: CHROMIUM,
  purpose: 'the browser and its CDP',
};
export const EDITOR: X11Program = {
  names: ['gedit', 'gnome-text-editor', 'mousepad'],
  debianPackage: 'mousepad',
  purpose: 'the text editor',
};
export const FFMPEG: X11Program = { names: ['ffmpeg'], debianPackage: 'ffmpeg', purpose: 'video recordings' };
/** Its files are served to browsers (vnc/novnc.ts). */
export const NOVNC = {
  names: ['noVNC'],
  folder: '/usr/share/novnc',
  files: ['/usr/share/novnc/vnc.html'],
  debianPackage: 'novnc',
  purpose: 'mouse and keyboard on the page where a person watches (--vnc-port)',
} as const satisfies X11Program & { folder: string };
const AS_OSWORLD = "Python as OSWorld's machine has it";
/** `json` is of its standard library. */
const PYTHON: X11Program = {
  names: ['python3'],
  module: 'json',
  debianPackage: 'python3',
  purpose: AS_OSWORLD,
};
/** pyautogui imports tkinter, takes screenshots with gnome-screenshot, and pyperclip copies with xclip. */
const FOR_PYTHON: readonly X11Program[] = [
  PYTHON,
  { names: ['tkinter'], module: 'tkinter', debianPackage: 'python3-tk', purpose: AS_OSWORLD },
  ...DESKTOP_MODULES.map(({ name, module }): X11Program => ({ names: [name], module, purpose: AS_OSWORLD })),
  { names: ['gnome-screenshot'], debianPackage: 'gnome-screenshot', purpose: AS_OSWORLD },
  { names: ['xclip'], debianPackage: 'xclip', purpose: AS_OSWORLD },
];
const REQUIRED: readonly X11Program[] = [
  { names: ['Xvfb'], debianPackage: 'xvfb', purpose: 'the X display' },
  { names: ['openbox'], debianPackage: 'openbox', purpose: 'the window manager' },
  { names: ['xterm'], debianPackage: 'xterm', purpose: 'the terminal' },
  BROWSER,
  { names: ['socat'], debianPackage: 'socat', purpose: "what tasks put in front of Chrome's CDP" },
  ...FOR_PYTHON,
];
/** What a sandbox is made with (guest/sandbox/layers.ts). */
const LAYERS: readonly X11Program[] = [
  { names: ['bwrap'], debianPackage: 'bubblewrap', purpose: 'the sandbox' },
  { names: ['setpriv'], debianPackage: 'util-linux', purpose: "the sandbox's user" },
  { names: ['prlimit'], debianPackage: 'util-linux', purpose: "the sandbox's limits" },
];
/** And that of a desktop, which reaches the internet. */
const SANDBOX: readonly X11Program[] = [
  ...LAYERS,
  { names: ['slirp4netns'], debianPackage: 'slirp4netns', purpose: "the sandbox's network" },
  { names: ['ip'], debianPackage: 'iproute2', purpose: "the sandbox's routes" },
  { names: ['nsenter'], debianPackage: 'util-linux', purpose: "the sandbox's network" },
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
const ACCESSIBILITY: readonly X11Program[] = [
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
/** Ubuntu's desktop has both; without them a screenshot shows boxes instead of what was typed. */
const FONTS: readonly X11Program[] = [
  {
    names: ['NotoSansCJK'],
    files: ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
    debianPackage: 'fonts-noto-cjk',
    purpose: 'Chinese, Japanese and Korean on the screen',
  },
  {
    names: ['NotoColorEmoji'],
    files: ['/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf'],
    debianPackage: 'fonts-noto-color-emoji',
    purpose: 'emoji on the screen',
  },
];
const OPTIONAL: readonly X11Program[] = [
  EDITOR,
  { names: ['tint2'], debianPackage: 'tint2', purpose: 'the panel with launchers, windows and a clock' },
  BUS,
  FFMPEG,
  { names: ['x11vnc'], debianPackage: 'x11vnc', purpose: 'watching over VNC (--vnc-port)' },
  NOVNC,
  ...FONTS,
  ...ACCESSIBILITY,
];

/** Where things are looked up. */
export interface Places {
  /** Default: the PATH that a desktop's programs have. */
  path?: string | undefined;
  /** Where the desktop's Python may be. Default: where we make one. */
  pythons?: readonly string[] | undefined;
  /** The Python that it is made from. */
  systemPython?: string | undefined;
  /** Whether what makes a sandbox is required too. Default false. */
  sandbox?: boolean | undefined;
}

export async function missingX11Programs(places: Places = {}): Promise<MissingPrograms> {
  const all = places.sandbox ? [...REQUIRED, ...SANDBOX] : REQUIRED;
  const [required, optional] = await Promise.all([missingOf(all, places), missingOf(OPTIONAL, places)]);
  return {
    required,
    optional,
    installRequired: installCommand(required),
    installAll: installCommand([...required, ...optional]),
  };
}

/** What a sandbox without a network needs and `path` has not; `install`: one command for all of it. */
export async function missingForSandbox(
  path: string,
): Promise<{ programs: X11Program[]; install: string | null }> {
  const programs = await missingOf(LAYERS, { path });
  return { programs, install: installCommand(programs) };
}

/** What the accessibility tree needs and is not here; `install`: one command for all of it. */
export async function missingForAccessibility(
  places: Places = {},
): Promise<{ programs: X11Program[]; install: string | null }> {
  const programs = await missingOf([PYTHON, BUS, ...ACCESSIBILITY], places);
  return { programs, install: installCommand(programs) };
}

/** `Xvfb (the X display), pyautogui, pillow (Python …)`: what serves one purpose stands together. */
export function describeMissing(programs: readonly X11Program[]): string {
  const purposes = [...new Set(programs.map(({ purpose }) => purpose))];
  const groups = purposes.map((purpose) => {
    const names = programs
      .filter((program) => program.purpose === purpose)
      .map(({ names }) => names.join(' or '));
    return `${names.join(', ')} (${purpose})`;
  });
  return groups.join(', ');
}

async function missingOf(programs: readonly X11Program[], places: Places): Promise<X11Program[]> {
  const isThere = await lookUp(places);
  const found = await Promise.all(programs.map(isThere));
  return programs.filter((_program, index) => !found[index]);
}

/** Where no environment is whole, what the one lacks that this user's command would make anew. */
async function lookUp({
  path = desktopPath(),
  pythons = desktopPythonFolders(),
  systemPython = SYSTEM_PYTHON,
}: Places) {
  const folder = (await findDesktopPython(pythons)) ?? pythons.at(-1) ?? '';
  return async ({ names, files, module, debianPackage }: X11Program): Promise<boolean> => {
    if (module !== undefined) {
      const python = debianPackage === undefined ? pythonIn(folder) : systemPython;
      return (await missingModules(python, [module])).length === 0;
    }
    return files === undefined ? (await findProgram(names, path)) !== null : areThere(files);
  };
}

async function areThere(files: readonly string[]): Promise<boolean> {
  return (await Promise.all(files.map(isFile))).includes(true);
}
