/** How long the trainer is without service after each fault, with autossh, with a loop around ssh, and with arpo-env. */
import { setTimeout as delay } from 'node:timers/promises';
import { startNetCluster } from '../../support/net-cluster.mjs';
import { startService, watch } from './cluster-side.mjs';
import { startArpoEnv, startAutossh, startSshLoop } from './tunnels.mjs';

const LIMIT_MS = 60_000;
const CUT_MS = 20_000;

const TOOLS = {
  autossh: startAutossh,
  'while ssh; sleep 1': startSshLoop,
  'arpo-env': startArpoEnv,
  'arpo-env --keepalive 1s': (cluster, port) => startArpoEnv(cluster, port, ['--keepalive', '1s']),
};

/** Each causes the fault and returns when the clock starts: when the way back was open, or at the fault itself. */
const FAULTS = {
  'session killed': async ({ cluster }) => {
    await cluster.signalSessions('SIGKILL');
    return Date.now();
  },
  'session frozen, its listener bound': async ({ cluster }) => {
    await cluster.signalSessions('SIGSTOP');
    return Date.now();
  },
  'listener held by a dead session, tunnel started anew': async (world) => {
    await world.cluster.signalSessions('SIGSTOP');
    process.kill(-world.tunnel.pid, 'SIGKILL');
    const since = Date.now();
    world.tunnel = await world.start(world.cluster, world.service.port);
    return since;
  },
  '20 s network cut: after the link is back': async ({ cluster }) => {
    await cluster.cut();
    await delay(CUT_MS);
    await cluster.restore();
    return Date.now();
  },
  'env server restarted: after it listens': async (world) => {
    await world.service.stop();
    await delay(1000);
    world.service = await startService(world.service.port);
    return Date.now();
  },
  'sshd restarted: after it listens': async ({ cluster }) => {
    await cluster.stopSshd();
    await delay(3000);
    await cluster.startSshd();
    return Date.now();
  },
};

export async function recoveryTable({ runs, log }) {
  const lines = [
    `| time without service, median of ${runs} | ${Object.keys(TOOLS).join(' | ')} |`,
    `| --- |${' --: |'.repeat(Object.keys(TOOLS).length)}`,
  ];
  for (const [fault, cause] of Object.entries(FAULTS)) {
    const cells = [];
    for (const [tool, start] of Object.entries(TOOLS)) {
      const times = [];
      for (let run = 0; run < runs; run += 1) {
        const time = await measureOne(start, cause);
        log(`${fault}, ${tool}: ${shown(time)}`);
        times.push(time ?? Number.POSITIVE_INFINITY);
        if (time === null) break; // once cut off is enough to wait for
      }
      cells.push(shown(times.sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)]));
    }
    lines.push(`| ${fault} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

async function measureOne(start, cause) {
  const cluster = await startNetCluster({ account: `arpob${process.pid % 100_000}` });
  const world = { cluster, start, service: await startService(), tunnel: null };
  const watcher = watch(cluster);
  try {
    world.tunnel = await start(cluster, world.service.port);
    await watcher.up();
    await delay(1500); // steady, as after weeks: a start that fails at once is another matter
    const since = await cause(world);
    return await watcher.back(since, LIMIT_MS);
  } finally {
    watcher.stop();
    await world.tunnel?.stop();
    await world.service.stop();
    await cluster[Symbol.asyncDispose]();
  }
}

function shown(milliseconds) {
  if (milliseconds === null || milliseconds === Number.POSITIVE_INFINITY) return `> ${LIMIT_MS / 1000} s`;
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
