/** The files that the desktop itself needs: the display's key, configurations, and scripts in front of the PATH. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Enclosure } from '../enclosure/enclosure.js';
import { findProgram } from '../executables.js';
import { BROWSER, EDITOR } from '../requirements.js';
import { shims } from './shims.js';
import { BASHRC, terminalResources } from './terminal.js';
import { openboxConfig, openboxTheme, THEME_NAME } from './window-manager.js';

/** Paths as the desktop's programs see them. */
export interface SessionFolder {
  authority: string;
  framebuffer: string;
  bin: string;
  windowManager: string;
  /** An XDG data folder with the window manager's theme. */
  share: string;
  resources: string;
  /** Where a terminal writes its text. */
  terminalText: string;
  runtime: string;
  recording: string;
}

const HOME_FOLDERS = ['Desktop', 'Documents', 'Downloads', 'Music', 'Pictures', 'Videos'];

export async function makeSessionFolder(enclosure: Enclosure, authority: Buffer): Promise<SessionFolder> {
  const at = (...names: string[]) => posix.join(enclosure.session, ...names);
  const folder: SessionFolder = {
    authority: at('Xauthority'),
    framebuffer: at('framebuffer'),
    bin: at('bin'),
    windowManager: at('openbox.xml'),
    share: at('share'),
    resources: at('Xresources'),
    terminalText: at('terminal-text'),
    runtime: at('runtime'),
    recording: at('recording.mp4'),
  };
  const theme = posix.join(folder.share, 'themes', THEME_NAME, 'openbox-3');
  const outside = (path: string) => enclosure.root + path;
  const folders = [folder.framebuffer, folder.bin, theme, folder.runtime];
  const home = HOME_FOLDERS.map((name) => posix.join(enclosure.home, name));
  for (const path of folders) await mkdir(outside(path), { recursive: true, mode: 0o700 });
  for (const path of home) await mkdir(outside(path), { recursive: true });

  const write = (path: string, data: string | Buffer, mode = 0o644) =>
    writeFile(outside(path), data, { mode });
  await Promise.all([
    write(folder.authority, authority, 0o600),
    write(folder.windowManager, openboxConfig()),
    write(posix.join(theme, 'themerc'), openboxTheme()),
    write(folder.resources, terminalResources(folder.terminalText)),
    // An existing home keeps its own.
    writeFile(outside(posix.join(enclosure.home, '.bashrc')), BASHRC, { flag: 'wx' }).catch(ignoreExisting),
    ...Object.entries(await scripts(enclosure)).map(async ([name, text]) => {
      const file = posix.join(folder.bin, name);
      await write(file, text);
      await chmod(outside(file), 0o755);
    }),
  ]);
  return folder;
}

async function scripts({ path, root }: Enclosure): Promise<Record<string, string>> {
  const find = (...names: string[]) => findProgram(names, path, root);
  const [browser, editor, terminal, python, socat, xdgOpen] = await Promise.all([
    find(...BROWSER.names),
    find(...EDITOR.names),
    find('xterm'),
    find('python', 'python3'),
    find('socat'),
    find('xdg-open'),
  ]);
  const programs = { browser, editor, terminal: terminal ?? 'xterm', python, socat, xdgOpen };
  return shims(programs, process.getuid?.() === 0);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
