/** What the file manager and the desktop do with files. */
import { posix } from 'node:path';
import { TRASH_FOLDER } from './home.js';
import type { MemoryFiles } from './memory-files.js';

/** Under a name that is free there. Inside the trash it is removed for good. */
export function moveToTrash(files: MemoryFiles, path: string): void {
  if (path.startsWith(`${TRASH_FOLDER}/`)) {
    files.remove(path, { recursive: true });
    return;
  }
  files.makeFolder(TRASH_FOLDER, { parents: true });
  files.move(path, freePath(files, TRASH_FOLDER, posix.basename(path)));
}

export function newFolder(files: MemoryFiles, parent: string): void {
  files.makeFolder(freePath(files, parent, 'New Folder'));
}

function freePath(files: MemoryFiles, folder: string, name: string): string {
  const { name: stem, ext } = posix.parse(name);
  for (let count = 1; ; count += 1) {
    const path = posix.join(folder, count === 1 ? name : `${stem} (${count})${ext}`);
    if (files.kind(path) === null) return path;
  }
}
