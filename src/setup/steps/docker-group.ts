import { asRoot, asUser } from '../command.js';
import type { Step } from '../step.js';

/** Docker without sudo. Later steps take the group at once; a person's shell gets it at the next login. */
export const dockerGroup: Step = {
  id: 'docker-group',
  title: 'Docker without sudo',
  needs: ['docker'],
  dockerOnly: true,
  async inspect({ facts: { user }, system }) {
    if (user.uid === 0) return { state: 'not-applicable', why: 'root needs no group' };
    const { stdout } = await system.query(asUser(['id', '-nG', user.name]));
    if (!stdout.trim().split(/\s+/).includes('docker'))
      return { state: 'needed', why: `${user.name} is not in group docker` };
    return { state: 'done', note: `${user.name} is in group docker` };
  },
  plan: async ({ facts: { user } }) => [
    asRoot(['groupadd', '--force', '--system', 'docker']),
    asRoot(['usermod', '--append', '--groups', 'docker', user.name]),
  ],
};
