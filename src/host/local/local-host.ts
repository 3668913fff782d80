/** This machine. */
import { lookup } from 'node:dns/promises';
import { availableParallelism, homedir, totalmem, userInfo } from 'node:os';
import type { Host } from '../host.js';
import { readKvmFacts } from '../kvm/facts.js';
import { findKvm } from '../kvm/kvm.js';
import { httpGet, tcpConnect } from '../network.js';
import { describePortHolder } from '../ports.js';
import { readCommandLines } from '../process-table.js';
import { localFiles } from './files.js';
import { localPrograms } from './programs.js';

/** `env` is also what programs get. */
export function localHost(env: NodeJS.ProcessEnv): Host {
  const { username, uid } = userInfo();
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    memory: totalmem(),
    user: { name: username, uid, groups: process.getgroups?.() ?? [], home: homedir() },
    env,
    now: () => Date.now(),
    ...localPrograms(env, uid === 0),
    ...localFiles,
    processes: readCommandLines,
    portHolder: describePortHolder,
    connect: tcpConnect,
    get: httpGet,
    lookup: (name) =>
      lookup(name, { all: true }).then(
        (found) => found.map(({ address }) => address),
        () => [],
      ),
    kvm: () => readKvmFacts(),
    tryKvm: (signal) => findKvm({ deep: true, signal }),
  };
}
