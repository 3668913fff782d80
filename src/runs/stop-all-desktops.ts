/** `arpo-env stop --all-desktops`: shows all that is rented, and ends it, with every run, when that is wanted. */
import {
  endRentedDesktops,
  type FindRentedDesktops,
  type RentedDesktop,
  type RentedDesktops,
} from './rented-desktops.js';

export interface StopAllDesktopsOptions {
  find: FindRentedDesktops;
  /** Sees what there is. Rejects where it shall not be ended. */
  confirm: (rented: RentedDesktops) => Promise<void>;
  /** Ends the runs first: a server would rent others in place of those that end under it. */
  stopRuns: () => Promise<void>;
}

export interface StoppedDesktops {
  /** Names of all that were there and are sure to end now. */
  ended: string[];
  /** A sentence about each that could not be ended, and about each place that nobody could look into. */
  problems: string[];
}

export async function stopAllDesktops(options: StopAllDesktopsOptions): Promise<StoppedDesktops> {
  const { find, confirm, stopRuns } = options;
  const before = await find();
  await confirm(before);
  await stopRuns();
  // Most have ended with their servers by now, and others may have begun before those ended.
  const after = await find();
  const { ended, problems } = await endRentedDesktops(after.found);
  const names = (desktops: readonly RentedDesktop[]) => desktops.map(({ name }) => name);
  // Where nobody could look a second time, nothing is known of what became of them.
  const gone =
    after.unseen.length > 0 ? [] : names(before.found).filter((name) => !names(after.found).includes(name));
  return { ended: [...gone, ...ended], problems: [...problems, ...after.unseen] };
}
