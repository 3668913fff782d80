import { explainApt, installPackages, missingPackages } from '../apt.js';
import type { Step } from '../step.js';

const PACKAGE = 'open-vm-tools';

/** Clean shutdown, clock and address of a VM as Fusion shows them. */
export const vmwareTools: Step = {
  id: 'vmware-tools',
  title: 'VMware tools',
  needs: ['preflight'],
  async inspect(context) {
    if (!context.facts.vmware)
      return { state: 'not-applicable', why: 'this machine does not run under VMware' };
    const missing = await missingPackages([PACKAGE], context);
    if (missing.length > 0) return { state: 'needed', why: `${PACKAGE} not installed` };
    return { state: 'done', note: `${PACKAGE} installed` };
  },
  plan: (context) => installPackages([PACKAGE], context),
  explain: explainApt,
};
