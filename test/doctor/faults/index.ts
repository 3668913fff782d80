/** Every break that the doctor must name, by the topology that it is a break of. */
import { directWorld, World } from '../world.js';
import { CLUSTER_FAULTS } from './cluster.js';
import { DIRECT_FAULTS } from './direct.js';
import type { Fault } from './fault.js';
import { MACHINE_FAULTS } from './machine.js';
import { OTHER_FAULTS } from './other.js';
import { SERVER_FAULTS } from './server.js';
import { SSH_FAULTS } from './ssh.js';

export interface FaultTable {
  title: string;
  /** A fresh topology in which all is well. */
  world: () => World;
  faults: readonly Fault[];
  /** Each two of its faults can be together in one world. */
  pairs: boolean;
}

export const FAULT_TABLES: readonly FaultTable[] = [
  {
    title: 'through a tunnel',
    world: () => new World(),
    faults: [...MACHINE_FAULTS, ...SERVER_FAULTS, ...SSH_FAULTS, ...CLUSTER_FAULTS],
    pairs: true,
  },
  { title: 'dialled directly', world: directWorld, faults: DIRECT_FAULTS, pairs: true },
  {
    title: 'with other providers and engines',
    world: () => new World(),
    faults: OTHER_FAULTS,
    pairs: false,
  },
];
