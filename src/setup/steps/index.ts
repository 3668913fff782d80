import type { Step } from '../step.js';
import { configFile } from './config-file.js';
import { container } from './container.js';
import { dockerEngine } from './docker-engine.js';
import { dockerGroup } from './docker-group.js';
import { dockerService } from './docker-service.js';
import { evaluators } from './evaluators.js';
import { image } from './image.js';
import { kvm } from './kvm.js';
import { localDesktop } from './local-desktop.js';
import { packages } from './packages.js';
import { preflight } from './preflight.js';
import { python } from './python.js';
import { qcow2 } from './qcow2.js';
import { repo } from './repo.js';
import { services } from './services.js';
import { vmwareTools } from './vmware-tools.js';

/** In the order in which they are done: what a step needs stands before it. */
export const STEPS: readonly Step[] = [
  preflight,
  packages,
  vmwareTools,
  localDesktop(),
  kvm,
  dockerEngine,
  dockerService,
  dockerGroup,
  repo,
  python,
  image,
  container,
  qcow2,
  evaluators(),
  configFile,
  services,
];
