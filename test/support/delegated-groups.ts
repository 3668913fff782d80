/** Control groups for an ordinary user, as systemd gives them to one who logs in. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findGroups } from '../../src/providers/local/find-groups.js';
import type { MachineUser } from './machine-user.js';

/** Control groups as a user's own: what systemd gives to one who logs in. Empty where no memory controller can be had so. */
export async function delegatedGroups(user: MachineUser): Promise<string[]> {
  const { v1, v2 } = await findGroups('self');
  if (!v1.has('memory')) return [];
  const parents = new Set([
    ...['memory', 'cpu', 'pids'].flatMap((name) => v1.get(name) ?? []),
    ...(v2 ? [v2] : []),
  ]);
  return [...parents].map((parent) => {
    const group = join(parent, user.name);
    mkdirSync(group);
    execFileSync('chown', ['-R', user.name, group]);
    return group;
  });
}
