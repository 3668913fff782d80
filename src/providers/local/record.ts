/** One folder per desktop in the state folder, with a record of who runs it: by it the next start finds orphans. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pidScope } from '../../host/pid-scope.js';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  processIdentitySchema,
} from '../../host/process.js';
import { fileError } from '../../lib/file-error.js';
import { parseJson } from '../../lib/json.js';
import { ControlGroup, type GroupFolder, groupFolderSchema } from './control-group.js';
import { removeDesktop } from './remove-desktop.js';

const recordSchema = z.object({
  /** Pids mean something only to processes of the same scope; a state folder may be seen by several machines. */
  scope: z.string(),
  /** The env server. */
  server: processIdentitySchema,
  /** The desktop's guest agent, once it was started. */
  leader: processIdentitySchema.nullable(),
  group: z.array(groupFolderSchema),
});

const RECORD = 'desktop.json';

export interface DesktopFolder {
  path: string;
  log: string;
  /** Keeps what there is of it by now. */
  record(leader: ProcessIdentity | null, group: readonly GroupFolder[]): Promise<void>;
}

/** Makes the folder of desktop `id`, readable for this user alone. Throws E_NO_PERMISSION or E_DISK_FULL. */
export async function createDesktopFolder(desktops: string, id: string): Promise<DesktopFolder> {
  const path = join(desktops, id);
  const server = await identifyProcess(process.pid);
  const scope = await pidScope();
  const folder: DesktopFolder = {
    path,
    log: join(path, 'desktop.log'),
    async record(leader, group) {
      // Without a process table nobody could tell later whether this server lives: then its desktops are never orphans.
      if (server === null) return;
      const file = join(path, RECORD);
      const record: z.input<typeof recordSchema> = { scope, server, leader, group: [...group] };
      await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await folder.record(null, []);
    return folder;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Ends the desktops whose server died without stopping them; returns their names. */
export async function removeOrphans(desktops: string): Promise<string[]> {
  const names = await readdir(desktops).catch(() => []);
  const removed: string[] = [];
  for (const id of names) {
    const folder = join(desktops, id);
    const record = await readRecord(folder);
    if (record === null || (await isRunning(record.server))) continue;
    await removeDesktop({ id, folder, leader: record.leader, group: new ControlGroup(record.group) });
    removed.push(id);
  }
  return removed;
}

/** Null for a folder that is not ours to judge: another machine's, another version's, or one that is being made. */
async function readRecord(folder: string): Promise<z.output<typeof recordSchema> | null> {
  const text = await readFile(join(folder, RECORD), 'utf8').catch(() => '');
  const record = parseJson(text, recordSchema);
  return record?.scope === (await pidScope()) ? record : null;
}
