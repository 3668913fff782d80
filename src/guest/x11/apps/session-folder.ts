/** The files that the desktop itself needs: the display's key, configurations, and scripts in front of the PATH. */
import { chmod, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { errno } from '../../../lib/errno.js';
import { makeFolder } from '../../../lib/make-folder.js';
import { HOME_FOLDERS, USER_DIRS, USER_DIRS_FILE } from '../../home-folders.js';
import { treeProgram } from '../accessibility.js';
import { findBrowser } from '../browser/chrome-folder.js';
import type { Network } from '../browser/launcher.js';
import { prepareProfile } from '../browser/profile.js';
import { findDesktopPython, pythonIn } from '../desktop-python.js';
import { findProgram } from '../executables.js';
import type { Place } from '../place.js';
import { EDITOR } from '../requirements.js';
import { BUS_SERVICE_FILE, busService } from './accessibility-bus.js';
import { applicationFiles } from './applications.js';
import { PANEL_CONFIG, panelFiles } from './panel.js';
import { type InstalledPrograms, shims } from './shims.js';
import { BASHRC, LOGIN_PROFILE, terminalResources } from './terminal.js';
import { EMPTY_MENU, openboxConfig, openboxTheme, THEME_NAME } from './window-manager.js';

export interface SessionFolder {
  authority: string;
  framebuffer: string;
  bin: string;
  windowManager: string;
  /** An XDG data folder with the window manager's theme and the applications. */
  share: string;
  /** The panel's configuration. */
  panel: string;
  /** Where the panel keeps what it computed, instead of in the home directory. */
  cache: string;
  resources: string;
  /** Where a terminal writes its text. */
  terminalText: string;
  runtime: string;
  recording: string;
  /** The picture of ours that is the background. */
  wallpaper: string;
  /** The program that reads the accessibility tree. */
  treeProgram: string;
  /** Where launches of the browser find each other. */
  browser: string;
}

export interface SessionFolderOptions {
  /** The X display's key. */
  authority: Buffer;
  network: Network;
  /** As ShimOptions has it. */
  hasCdpPort: boolean;
}

export async function makeSessionFolder(
  place: Place,
  { authority, network, hasCdpPort }: SessionFolderOptions,
): Promise<SessionFolder> {
  const at = (...names: string[]) => posix.join(place.session, ...names);
  const folder: SessionFolder = {
    authority: at('Xauthority'),
    framebuffer: at('framebuffer'),
    bin: at('bin'),
    windowManager: at('openbox.xml'),
    share: at('share'),
    panel: at('panel', PANEL_CONFIG),
    cache: at('cache'),
    resources: at('Xresources'),
    terminalText: at('terminal-text'),
    runtime: place.runtime,
    recording: at('recording.mp4'),
    wallpaper: at('wallpaper.png'),
    treeProgram: at('accessibility-tree.py'),
    browser: at('browser'),
  };
  const theme = posix.join(folder.share, 'themes', THEME_NAME, 'openbox-3');
  const applications = posix.join(folder.share, 'applications');
  const panel = posix.dirname(folder.panel);
  const menu = at('menu.xml');
  const serviceFile = posix.join(folder.runtime, BUS_SERVICE_FILE);
  const folders = [posix.dirname(serviceFile), folder.framebuffer, folder.bin, theme, panel, folder.cache];
  folders.push(folder.browser, applications);
  const home = [...HOME_FOLDERS, posix.dirname(USER_DIRS_FILE)].map((name) => posix.join(place.home, name));
  for (const path of folders) await makeFolder(path, 0o700);
  for (const path of home) await makeFolder(path);

  const service = await busService();
  const programs = await installedPrograms(place);
  const { browser, editor } = programs;
  const installed = { hasBrowser: browser !== null, hasEditor: editor !== null };
  const write = (path: string, data: string | Buffer, mode = 0o644) => writeFile(path, data, { mode });
  const filesIn = (where: string, files: Record<string, string>) =>
    Object.entries(files).map(([name, text]) => write(posix.join(where, name), text));
  const inHome = (name: string, text: string) =>
    writeFile(posix.join(place.home, name), text, { flag: 'wx' }).catch(ignoreExisting);
  await Promise.all([
    write(folder.authority, authority, 0o600),
    write(folder.windowManager, openboxConfig(menu)),
    write(menu, EMPTY_MENU),
    write(posix.join(theme, 'themerc'), openboxTheme()),
    write(folder.resources, terminalResources(folder.terminalText)),
    write(folder.treeProgram, await treeProgram()),
    ...(service === null ? [] : [write(serviceFile, service)]),
    // An existing home keeps its own.
    inHome('.bashrc', BASHRC),
    inHome('.profile', LOGIN_PROFILE),
    inHome(USER_DIRS_FILE, USER_DIRS),
    ...filesIn(panel, panelFiles({ folder: panel, ...installed })),
    ...filesIn(applications, applicationFiles(installed)),
    prepareProfile(place.home, browser),
    ...Object.entries(shims(programs, { state: folder.browser, network, hasCdpPort })).map(
      async ([name, text]) => {
        const file = posix.join(folder.bin, name);
        await write(file, text);
        await chmod(file, 0o755);
      },
    ),
  ]);
  return folder;
}

async function installedPrograms({ path }: Place): Promise<InstalledPrograms> {
  const find = (...names: string[]) => findProgram(names, path);
  const [browser, editor, terminal, ownPython, socat, sudo, xclip, xdgOpen] = await Promise.all([
    findBrowser(path),
    find(...EDITOR.names),
    find('xterm'),
    findDesktopPython(),
    find('socat'),
    find('sudo'),
    find('xclip'),
    find('xdg-open'),
  ]);
  const python = ownPython === null ? await find('python3', 'python') : pythonIn(ownPython);
  return { browser, editor, terminal: terminal ?? 'xterm', python, socat, sudo, xclip, xdgOpen };
}

function ignoreExisting(error: unknown): void {
  if (errno(error) !== 'EEXIST') throw error;
}
