/** What dead servers left of their desktops, as `status`, `stop` and the next `serve` see it: providers know how to find it. */
import type { ProcessIdentity } from '../host/process.js';
import { messageOf } from '../lib/errno.js';
import type { Run } from './run.js';

/** A desktop whose server ended without stopping it. */
export interface LeftDesktop {
  /** As its provider calls it, e.g. `local-0c57bcd5`. */
  name: string;
  provider: string;
  /** That server; null where only its time is known. */
  server: ProcessIdentity | null;
  /** Nobody put its end off after that, wherever its server was. */
  expiredAt?: Date;
  /** Something is at it already, and it will be gone within seconds. */
  isBeingRemoved: boolean;
  /** Resolves when nothing is left of it. Throws what keeps it. */
  remove(): Promise<void>;
}

export interface LeftDesktops {
  found: readonly LeftDesktop[];
  /** Where nobody could look: one sentence each. */
  unseen: readonly string[];
}

/** `dead`: runs whose entries were left, by which it is known where else to look. Changes nothing, and never throws. */
export type FindLeftDesktops = (dead: readonly Run[]) => Promise<LeftDesktops>;

/** Returns their names. Throws what keeps one of them. */
export async function removeLeftDesktops(desktops: readonly LeftDesktop[]): Promise<string[]> {
  await Promise.all(desktops.map((desktop) => desktop.remove()));
  return desktops.map(({ name }) => name);
}

/**
 * Removes what `find` finds, before a server's own first desktop. What was removed, and what failed, is a warning. `explain` puts
 * an error into words; default: its message. Never throws.
 */
export async function clearLeftDesktops(
  find: () => Promise<LeftDesktop[]>,
  warn: (text: string) => void,
  explain: (error: unknown) => string | Promise<string> = messageOf,
): Promise<void> {
  try {
    const removed = await removeLeftDesktops(await find());
    if (removed.length > 0)
      warn(`removed ${removed.length} desktops that a dead server left: ${removed.join(', ')}`);
  } catch (error) {
    warn(`desktops that a dead server left may still be there: ${await explain(error)}`);
  }
}

/** `desktop local-0c57bcd5, left by a dead server (pid 4711)`, for a line about it. */
export function nameLeftDesktop({ name, server, expiredAt }: LeftDesktop): string {
  if (expiredAt !== undefined)
    return `desktop ${name}, which no server has prolonged and whose time ended at ${expiredAt.toISOString()}`;
  return `desktop ${name}, left by a dead server${server === null ? '' : ` (pid ${server.pid})`}`;
}

/** The same, and what becomes of it. */
export function describeLeftDesktop(desktop: LeftDesktop): string {
  return `${nameLeftDesktop(desktop)}, is ${desktop.isBeingRemoved ? 'being removed' : 'still there'}`;
}
