/**
 * How long the trainer is without service after each fault, with autossh, with a loop around ssh, and with arpo-env. Most
 * of the time is waiting, so the four are measured side by side, each with a cluster of its own; their faults come one
 * after the other, so that none comes back while another does.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { median, table } from '../support/figures.mjs';
import { startService } from './cluster-side.mjs';
import { startArpoEnv, startAutossh, startSshLoop } from './tunnels.mjs';
import { startWorld } from './world.mjs';

const LIMIT_MS = 30_000;
const CUT_MS = 20_000;
/** As after weeks: a start that fails at once is another matter. */
const STEADY_MS = 1500;
/** Most tools are back by then. */
const APART_MS = 1500;

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
  'listener held by a dead session, tunnel restarted': async (world) => {
    await world.cluster.signalSessions('SIGSTOP');
    process.kill(-world.tunnel.pid, 'SIGKILL');
    const since = Date.now();
    world.tunnel = world.start(world.cluster, world.service.port);
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
  const rows = [];
  for (const [fault, cause] of Object.entries(FAULTS)) {
    const times = Object.keys(TOOLS).map(() => []);
    for (let run = 0; run < runs; run += 1) {
      const found = await measureAll(cause);
      log(`${fault}: ${found.map(shown).join(', ')}`);
      for (const [index, time] of found.entries()) times[index].push(time);
    }
    rows.push([fault, ...times.map((all) => shown(median(all)))]);
  }
  const title = runs === 1 ? 'one run each' : `median of ${runs}`;
  return table([`time without service, ${title}`, ...Object.keys(TOOLS)], rows);
}

/** Milliseconds of each tool, in their order; infinite when it did not come back. */
async function measureAll(cause) {
  const worlds = await startAll();
  try {
    await delay(STEADY_MS);
    return await Promise.all(
      worlds.map(async (world, index) => {
        await delay(index * APART_MS);
        const since = await cause(world);
        return (await world.watcher.back(since, LIMIT_MS)) ?? Number.POSITIVE_INFINITY;
      }),
    );
  } finally {
    await Promise.all(worlds.map((world) => world.stop()));
  }
}

/** All or none. One after the other: useradd locks, and the machine is small. */
async function startAll() {
  const worlds = [];
  try {
    for (const [index, start] of Object.values(TOOLS).entries()) {
      worlds.push(await startWorld({ start, hasAccount: true, index }));
    }
    return worlds;
  } catch (error) {
    await Promise.all(worlds.map((world) => world.stop()));
    throw error;
  }
}

function shown(milliseconds) {
  return Number.isFinite(milliseconds) ? `${(milliseconds / 1000).toFixed(2)} s` : `> ${LIMIT_MS / 1000} s`;
}
