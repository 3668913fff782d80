/** Tags that say whose an instance is: by them the next server finds what a dead one left. */
import { ownerName } from '../host/owner.js';
import { identifyProcess, type ProcessIdentity } from '../host/process.js';
import { TAGS, type Tags } from './fleet.js';

/** Of this process. */
export async function ownerTags(): Promise<Tags> {
  const self = await identifyProcess(process.pid);
  return {
    [TAGS.owner]: await ownerName(),
    // Without a process table nobody could tell later whether this server lives: then its instances end when they expire.
    ...(self ? { [TAGS.server]: serverTag(self) } : {}),
  };
}

/** EC2's tags take few characters, so it is not JSON. */
export function serverTag({ pid, startTime }: ProcessIdentity): string {
  return `${pid} ${startTime}`;
}

/** Null: somebody else's tag, not ours to judge. */
export function serverOf(tags: Tags): ProcessIdentity | null {
  const [, pid, startTime] = /^([1-9]\d{0,9}) (.*)$/.exec(tags[TAGS.server] ?? '') ?? [];
  return pid === undefined || startTime === undefined ? null : { pid: Number(pid), startTime };
}
