/** The files that a fresh simulated desktop has. */
import type { MemoryFiles } from './memory-files.js';

export const HOME = '/home/user';
export const DESKTOP_FOLDER = `${HOME}/Desktop`;
export const DOCUMENTS_FOLDER = `${HOME}/Documents`;
export const TRASH_FOLDER = `${HOME}/.local/share/Trash/files`;

const FOLDERS = [
  ...['Desktop', 'Documents', 'Downloads', 'Music', 'Pictures', 'Public', 'Templates', 'Videos'].map(
    (name) => `${HOME}/${name}`,
  ),
  TRASH_FOLDER,
  '/tmp',
  '/etc',
  '/usr/bin',
];

const FILES: Readonly<Record<string, string>> = {
  '/etc/hostname': 'arpo-sim\n',
  '/etc/os-release': 'NAME="arpo-env simulated desktop"\nID=arpo-sim\n',
  [`${DESKTOP_FOLDER}/note.txt`]: '',
  [`${DOCUMENTS_FOLDER}/todo.txt`]: 'Water the plants\nSend the quarterly report\nBook a table for Friday\n',
  [`${DOCUMENTS_FOLDER}/reading list.txt`]: 'The Mythical Man-Month\nThe Design of Everyday Things\n',
};

export function makeHome(files: MemoryFiles): void {
  for (const folder of FOLDERS) files.makeFolder(folder, { parents: true });
  for (const [path, text] of Object.entries(FILES)) files.write(path, Buffer.from(text));
}
