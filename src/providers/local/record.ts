/** One folder per desktop in the state folder, with a record of who runs it: by it the next start finds orphans. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
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
import { makeFolder } from '../../lib/make-folder.js';
import type { LeftDesktop } from '../../runs/left-desktops.js';
import { ControlGroup, type GroupFolder, groupFolderSchema } from './control-group.js';
import { removeDesktop } from './remove-desktop.js';

const recordSchema = z.object({
  /** Pids mean something only to processes of the same scope; a state folder may be seen by several machines. */
  scope: z.string(),
  /** The env server. */
  server: processIdentitySchema,
  /** The desktop's guest agent, once it was started. */
  leader: processIdentitySchema.nullable(),
  /** Who removes it when the server dies. Null where that is not known. */
  reaper: processIdentitySchema.nullable().default(null),
  group: z.array(groupFolderSchema),
});

const RECORD = 'desktop.json';

export interface DesktopFolder {
  path: string;
  log: string;
  /** Keeps what there is of it by now. */
  record(leader: ProcessIdentity | null, group: readonly GroupFolder[]): Promise<void>;
}

/** Makes the folder of a desktop, readable for this user alone. Throws E_NO_PERMISSION or E_DISK_FULL. */
export async function createDesktopFolder(
  path: string,
  reaper: ProcessIdentity | null,
): Promise<DesktopFolder> {
  const server = await identifyProcess(process.pid);
  const scope = await pidScope();
  const folder: DesktopFolder = {
    path,
    log: join(path, 'desktop.log'),
    async record(leader, group) {
      // Without a process table nobody could tell later whether this server lives: then its desktops are never orphans.
      if (server === null) return;
      const file = join(path, RECORD);
      const record: z.input<typeof recordSchema> = { scope, server, leader, reaper, group: [...group] };
      await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
  try {
    await makeFolder(path, 0o700);
    await folder.record(null, []);
    return folder;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The desktops whose server died without stopping them. Never throws. */
export async function findOrphans(desktops: string): Promise<LeftDesktop[]> {
  const names = await readdir(desktops).catch(() => []);
  const found = names.map(async (name): Promise<LeftDesktop | null> => {
    const folder = join(desktops, name);
    const record = await readRecord(folder);
    if (record === null || (await isRunning(record.server))) return null;
    const { server, leader, reaper, group } = record;
    return {
      ...{ name, provider: 'local', server },
      isBeingRemoved: reaper !== null && (await isRunning(reaper)),
      remove: () => removeDesktop({ id: name, folder, leader, group: new ControlGroup(group) }),
    };
  });
  return (await Promise.all(found)).filter((desktop) => desktop !== null);
}

/** Null for a folder that is not ours to judge: another machine's, another version's, or one that is being made. */
async function readRecord(folder: string): Promise<z.output<typeof recordSchema> | null> {
  const text = await readFile(join(folder, RECORD), 'utf8').catch(() => '');
  const record = parseJson(text, recordSchema);
  return record?.scope === (await pidScope()) ? record : null;
}
