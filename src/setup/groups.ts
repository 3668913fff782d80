import { asUser } from './command.js';
import type { SetupContext } from './step.js';

/** Groups that `user` has by the system's tables; without a user, those that this very process has. */
export async function groupsOf({ system }: SetupContext, user?: string): Promise<string[]> {
  const { stdout } = await system.query(asUser(['id', '-nG', ...(user === undefined ? [] : [user])]));
  return stdout.trim().split(/\s+/);
}
