/** The files that a fresh practice desktop has. */
import { HOME_FOLDERS } from '../../home-folders.js';
import type { MemoryFiles } from './memory-files.js';

export const HOME = '/home/user';
export const DESKTOP_FOLDER = `${HOME}/Desktop`;
export const DOCUMENTS_FOLDER = `${HOME}/Documents`;

const FOLDERS = [...HOME_FOLDERS.map((name) => `${HOME}/${name}`), ...['/tmp', '/etc', '/usr/bin']];

const FILES: Readonly<Record<string, string>> = {
  '/etc/hostname': 'arpo-sim\n',
  '/etc/os-release': 'NAME="arpo-env practice desktop"\nID=arpo-sim\n',
  [`${DESKTOP_FOLDER}/note.txt`]: '',
  [`${DESKTOP_FOLDER}/read me.txt`]:
    'This desktop is for practice: icons, and a text editor.\nA double click opens a file, Ctrl+S saves it.\n',
  [`${DOCUMENTS_FOLDER}/todo.txt`]: 'Water the plants\nSend the quarterly report\nBook a table for Friday\n',
  [`${DOCUMENTS_FOLDER}/reading list.txt`]: 'The Mythical Man-Month\nThe Design of Everyday Things\n',
};

export function makeHome(files: MemoryFiles): void {
  for (const folder of FOLDERS) files.makeFolder(folder, { parents: true });
  for (const [path, text] of Object.entries(FILES)) files.write(path, Buffer.from(text));
}
