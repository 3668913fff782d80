/**
 * `npm run bench:soak [MINUTES]`: a fault every 5 s for 10 minutes. It must always come back, and neither
 * memory nor descriptors here, nor listeners and processes on the cluster, may grow. Exits with 1 when one did.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { footprint } from '../../support/net-cluster.mjs';
import { setUp } from '../support/bench.mjs';
import { median, table } from '../support/figures.mjs';
import { startService } from './cluster-side.mjs';
import { REMOTE_PORT, startArpoEnv } from './tunnels.mjs';
import { PROGRAMS, startWorld } from './world.mjs';

const MINUTES = Number(process.argv[2] ?? 10);
const EVERY_MS = 5000;
const BACK_LIMIT_MS = 60_000;
/** After this the first caches are warm, and growth is growth. */
const WARM_FAULTS = 5;
const MOST_GROWTH = { descriptors: 5, rss: 40 * 2 ** 20, processes: 3 };

const FAULTS = {
  'session killed': ({ cluster }) => cluster.signalSessions('SIGKILL'),
  'session frozen': ({ cluster }) => cluster.signalSessions('SIGSTOP'),
  '1 s cut': async ({ cluster }) => {
    await cluster.cut();
    await delay(1000);
    await cluster.restore();
  },
  '4 s cut': async ({ cluster }) => {
    await cluster.cut();
    await delay(4000);
    await cluster.restore();
  },
  'env server restarted': async (world) => {
    await world.service.stop();
    world.service = await startService(world.service.port);
  },
  'sshd restarted': async ({ cluster }) => {
    await cluster.stopSshd();
    await cluster.startSshd();
  },
};

await setUp({ linux: true, root: true, programs: PROGRAMS, minutes: MINUTES + 5 });
const start = (cluster, port) => startArpoEnv(cluster, port, ['--keepalive', '1s']);
const world = await startWorld({ start, hasAccount: true });
const { cluster, tunnel, watcher } = world;
const samples = [];
let failed = false;
try {
  const end = performance.now() + MINUTES * 60_000;
  for (let count = 0; performance.now() < end; count += 1) {
    const names = Object.keys(FAULTS);
    const name = names[count % names.length];
    const next = performance.now() + EVERY_MS;
    await FAULTS[name](world);
    const back = await watcher.back(Date.now(), BACK_LIMIT_MS);
    if (back === null) throw new Error(`after ${name} it did not come back within ${BACK_LIMIT_MS / 1000} s`);
    await cluster.signalSessions('SIGCONT'); // resumed, what is left of a frozen session must end by itself
    samples.push({ name, back, ...(await sample()) });
    await delay(Math.max(0, next - performance.now()));
  }
} catch (error) {
  console.error(`✗ ${error.message}`);
  failed = true;
} finally {
  watcher.stop();
  await delay(2000); // the watcher's last connections end
  samples.push({ name: 'end', back: 0, ...(await sample()) });
  await tunnel.stop();
  const left = await cluster.listeners();
  await world.stop();
  report(left);
}

async function sample() {
  const { descriptors, rss } = await footprint(tunnel.pid);
  const listeners = (await cluster.listeners()).length;
  return { descriptors, rss, listeners, processes: (await cluster.sessions()).length };
}

function report(left) {
  const [warm, last] = [samples[WARM_FAULTS] ?? samples[0], samples.at(-1)];
  const lines = [
    ['rss', 'memory, MB'],
    ['descriptors', 'descriptors'],
    ['listeners', 'listeners on the cluster'],
    ['processes', 'sshd session processes there'],
  ].map(([key, title]) => {
    const show = (value) => (key === 'rss' ? (value / 1e6).toFixed(0) : value);
    const highest = Math.max(...samples.map((one) => one[key]));
    if (last[key] - warm[key] > (MOST_GROWTH[key] ?? 0)) failed = true;
    return [title, show(warm[key]), show(highest), show(last[key])];
  });
  const title = `${samples.length - 1} faults in ${MINUTES} min`;
  console.log(`${table([title, `after ${WARM_FAULTS} faults`, 'highest', 'at the end'], lines)}\n`);
  const faults = Object.keys(FAULTS).flatMap((fault) => {
    const times = samples.filter(({ name }) => name === fault).map(({ back }) => back / 1000);
    if (times.length === 0) return [];
    return [[fault, times.length, `${median(times).toFixed(2)} s`, `${Math.max(...times).toFixed(2)} s`]];
  });
  console.log(`${table(['fault', 'times', 'median back', 'slowest'], faults)}\n`);
  console.log(`listeners of 127.0.0.1:${REMOTE_PORT} left after its end: ${left.length}`);
  if (left.length > 0) failed = true;
  process.exitCode = failed ? 1 : 0;
}
