/** Groups of this user. */
import { asUser } from './command.js';
import { query } from './query.js';
import type { SetupContext } from './step.js';

/** Groups that `user` has by the system's tables; without a user, those that this very process has. */
export async function groupsOf(context: SetupContext, user?: string): Promise<string[]> {
  const { stdout } = await query(context, asUser(['id', '-nG', ...(user === undefined ? [] : [user])]));
  return stdout.trim().split(/\s+/);
}
