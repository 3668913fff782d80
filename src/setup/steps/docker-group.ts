import { asRoot } from '../command.js';
import { groupsOf } from '../groups.js';
import type { Step } from '../step.js';

/** Docker without sudo. Later steps take the group at once; a person's shell gets it at the next login. */
export const dockerGroup: Step = {
  id: 'docker-group',
  title: 'Docker without sudo',
  needs: ['docker'],
  dockerOnly: true,
  async inspect(context) {
    const { user } = context.facts;
    if (user.uid === 0) return { state: 'not-applicable', why: 'root needs no group' };
    if (!(await groupsOf(context, user.name)).includes('docker')) {
      return { state: 'needed', why: `${user.name} is not in group docker` };
    }
    const isNew = !(await groupsOf(context)).includes('docker');
    const login = isNew ? '; your shell gets it when you log in again' : '';
    return { state: 'done', note: `${user.name} is in group docker${login}` };
  },
  plan: async ({ facts: { user } }) => [
    asRoot(['groupadd', '--force', '--system', 'docker']),
    asRoot(['usermod', '--append', '--groups', 'docker', user.name]),
  ],
};
