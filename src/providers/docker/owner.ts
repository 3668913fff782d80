/** Labels that say whose a container is, and the removal of those whose server died without stopping them. */
import type Docker from 'dockerode';
import { ownerName } from '../../host/owner.js';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  processIdentitySchema,
} from '../../host/process.js';
import { parseJson } from '../../lib/json.js';
import type { LeftDesktop } from '../../runs/left-desktops.js';
import { removeContainer } from './remove.js';

export const LABELS = {
  /** `user@host`, and a digest of what tells two machines of one name apart. */
  owner: 'arpo-env.owner',
  /** pid and start time of the server that made it. */
  server: 'arpo-env.server',
  /** The desktop's own name. */
  desktop: 'arpo-env.desktop',
} as const;

const LIST_TIMEOUT_MS = 30_000;

/** Of this process. */
export async function ownerLabels(): Promise<Record<string, string>> {
  const self = await identifyProcess(process.pid);
  return {
    [LABELS.owner]: await ownerName(),
    // Without a process table nobody could tell later whether this server lives: then its containers are never orphans.
    ...(self ? { [LABELS.server]: JSON.stringify(self) } : {}),
  };
}

/** The containers that dead servers of this user on this machine left. Throws Docker's error. */
export async function findOrphans(api: Docker): Promise<LeftDesktop[]> {
  const filters = { label: [`${LABELS.owner}=${await ownerName()}`] };
  const abortSignal = AbortSignal.timeout(LIST_TIMEOUT_MS);
  const mine = await api.listContainers({ all: true, filters, abortSignal });
  const found = mine.map(async ({ Id, Names, Labels }): Promise<LeftDesktop | null> => {
    const server = serverOf(Labels[LABELS.server]);
    if (server === null || (await isRunning(server).catch(() => true))) return null;
    return {
      name: Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12),
      provider: 'docker',
      ...{ server, isBeingRemoved: false },
      remove: () => removeContainer(api.getContainer(Id)),
    };
  });
  return (await Promise.all(found)).filter((desktop) => desktop !== null);
}

/** Null: an unreadable label is somebody's of another version, not ours to judge. */
function serverOf(label: string | undefined): ProcessIdentity | null {
  return parseJson(label ?? '', processIdentitySchema) ?? null;
}
