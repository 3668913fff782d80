/** What dead servers left of their desktops, as `status`, `stop` and the next `serve` see it: providers know how to find it. */
import type { ProcessIdentity } from '../host/process.js';
import type { Run } from './run.js';

/** A desktop whose server ended without stopping it. */
export interface LeftDesktop {
  /** As its provider calls it, e.g. `local-0c57bcd5`. */
  name: string;
  provider: string;
  /** That server. */
  server: ProcessIdentity;
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

/** `local-0c57bcd5, left by pid 4711, is being removed`, for a line about it. */
export function describeLeftDesktop({ name, server, isBeingRemoved }: LeftDesktop): string {
  const what = `desktop ${name}, left by a dead server (pid ${server.pid}),`;
  return isBeingRemoved ? `${what} is being removed` : `${what} is still there`;
}
