/** Every check, in the order of the chain: of two that fail, the earlier one is the cause worth fixing first. */
import type { Check } from '../check.js';
import { LINKS } from '../links.js';
import { agentChecks } from './agent.js';
import { awsChecks } from './aws.js';
import { awsDesktopChecks } from './aws-desktops.js';
import { awsForgottenChecks } from './aws-forgotten.js';
import { bindChecks } from './bind.js';
import { clusterChecks } from './cluster.js';
import { configChecks } from './config.js';
import { dockerChecks } from './docker.js';
import { evaluatorChecks } from './evaluators.js';
import { firewallChecks } from './firewall.js';
import { kvmChecks } from './kvm.js';
import { machineChecks } from './machine.js';
import { providerChecks } from './providers.js';
import { rayChecks } from './ray.js';
import { repoChecks } from './repo.js';
import { serverChecks } from './server.js';
import { sshChecks } from './ssh.js';
import { sshdChecks } from './sshd.js';
import { trainerChecks } from './trainer.js';
import { tunnelChecks } from './tunnel.js';
import { vmwareChecks } from './vmware.js';

/** With a config that cannot be used everything that follows it would be guessed. */
const FOUNDATION = 'config.file';

const families: readonly Check[] = [
  ...configChecks,
  ...machineChecks,
  ...kvmChecks,
  ...dockerChecks,
  ...vmwareChecks,
  ...providerChecks,
  ...repoChecks,
  ...agentChecks,
  ...evaluatorChecks,
  ...serverChecks,
  ...bindChecks,
  ...firewallChecks,
  ...awsChecks,
  ...awsDesktopChecks,
  ...awsForgottenChecks,
  ...sshChecks,
  ...sshdChecks,
  ...tunnelChecks,
  ...clusterChecks,
  ...rayChecks,
  ...trainerChecks,
];

const rank = new Map(LINKS.map(({ id }, index) => [id, index]));

export const CHECKS: readonly Check[] = families
  .map((check) => (check.id === FOUNDATION ? check : { ...check, needs: [FOUNDATION, ...check.needs] }))
  .sort((a, b) => (rank.get(a.link) ?? 0) - (rank.get(b.link) ?? 0));
