/** Which instances that are tagged as ours somebody still looks after, and which only cost money. */
import { isRunning, type ProcessIdentity } from '../host/process.js';
import { type Fleet, type FleetInstance, LIVE_STATES, TAGS } from './fleet.js';
import { serverOf } from './owner.js';

export type Standing =
  /** Its server lives, or there is no telling that it does not. */
  | { kind: 'kept' }
  /** Its server ran on this machine and has ended. */
  | { kind: 'left'; server: ProcessIdentity }
  /** Nobody has put its end off any more. */
  | { kind: 'expired'; since: Date; server: ProcessIdentity | null };

export interface OwnInstance {
  instance: FleetInstance;
  /** `user@host`. */
  owner: string;
  /** Of the user that asks, by name and host; maybe from another pid scope, e.g. before this container was made anew. */
  isMine: boolean;
  standing: Standing;
}

export interface StandingOptions {
  /** As `ownerName()` has it: user and host, and the scope within which pids mean something. */
  self: string;
  now: number;
  isAlive?: (server: ProcessIdentity) => Promise<boolean>;
}

/** Everybody's in this account that is, or soon will be, on the bill. Throws EC2's own error. */
export async function findTagged(
  fleet: Fleet,
  options: StandingOptions,
  signal: AbortSignal,
): Promise<OwnInstance[]> {
  const found = await fleet.find({ tags: { [TAGS.owner]: null }, states: LIVE_STATES }, signal);
  return Promise.all(found.map((instance) => judge(instance, options)));
}

async function judge(
  instance: FleetInstance,
  { self, now, isAlive = isRunning }: StandingOptions,
): Promise<OwnInstance> {
  const { tags } = instance;
  const tag = tags[TAGS.owner] ?? '';
  const owner = personOf(tag);
  const server = serverOf(tags);
  const common = { instance, owner, isMine: owner === personOf(self) };
  if (server !== null && tag === self) {
    // Whoever can see the process need not go by the clock: a server that AWS did not answer for hours is not a dead one.
    const alive = await isAlive(server).catch(() => true);
    return { ...common, standing: alive ? { kind: 'kept' } : { kind: 'left', server } };
  }
  const since = new Date(tags[TAGS.expires] ?? '');
  // An unreadable time compares as false: it is not ours to judge.
  return {
    ...common,
    standing: since.getTime() < now ? { kind: 'expired', since, server } : { kind: 'kept' },
  };
}

/** Without the scope. */
function personOf(owner: string): string {
  return owner.replace(/ \S*$/, '');
}
