/**
 * The env server against a plain FastAPI implementation of the same protocol, in one run: `npm run bench:server`.
 * One client, one guest agent that answers at once with a 560 kB screenshot; a fresh connection per request, as
 * ARPO's RemoteEnvWorker makes them. A step's overhead is its latency less that of its two guest calls, which the client
 * makes itself right before it. Servers are warm: a trainer's runs for days.
 */
import { pythonWith, setUp } from '../support/bench.mjs';
import { machine, median, percentile, table } from '../support/figures.mjs';
import { episode } from './client.mjs';
import { startFloor, startGuest, startNative, startPeers } from './processes.mjs';

const STEPS = 15;
/** V8 has compiled what is hot by then; Python compiles nothing. */
const WARM_EPISODES = 40;
const WARM_EPISODES_OF_PEER = 5;
const EPISODES = 15;
const SHOWN = [1, 5, 10, 15];
const MANY = 16;
const DELTA = '?history=delta';

let python = '';
await setUp({
  linux: true,
  prepare: async () => {
    python = await pythonWith('bench-fastapi', ['fastapi', 'uvicorn', 'requests']);
  },
});
const guest = await startGuest();
try {
  console.log(`${machine()} at the start\n`);

  const rows = [];
  for (const candidate of [
    {
      name: 'FastAPI, full history',
      start: () => startPeers(python, guest.url, 1),
      query: '',
      warm: WARM_EPISODES_OF_PEER,
    },
    { name: 'arpo-env, full history', start: () => startNative(guest.url, 1), query: '' },
    { name: 'arpo-env, delta', start: () => startNative(guest.url, 1), query: DELTA },
    { name: 'floor: the bytes alone', start: () => startFloor(guest.url, 'send'), query: '' },
    { name: 'floor: with guest calls', start: () => startFloor(guest.url, 'guest'), query: '' },
  ]) {
    rows.push(await measureOne(candidate));
  }
  printOne(rows);

  const crowd = [];
  for (const candidate of [
    { name: `FastAPI, ${MANY} processes`, start: () => startPeers(python, guest.url, MANY), query: '' },
    { name: `arpo-env --envs ${MANY}, full history`, start: () => startNative(guest.url, MANY), query: '' },
    { name: `arpo-env --envs ${MANY}, delta`, start: () => startNative(guest.url, MANY), query: DELTA },
  ]) {
    crowd.push(await measureMany(candidate));
  }
  printMany(crowd);
  console.log(`\n${machine()} at the end`);
} finally {
  await guest.stop();
}

async function measureOne({ name, start, query, warm = WARM_EPISODES }) {
  console.error(`  ${name}`);
  const server = await start();
  try {
    const [url] = server.urls;
    for (let run = 0; run < warm; run += 1) await episode(url, STEPS, query);
    const before = server.cpuSeconds();
    const runs = [];
    for (let run = 0; run < EPISODES; run += 1) runs.push(await episode(url, STEPS, query, guest.roundTrip));
    const at = (step) =>
      median(runs.map(({ latencies, besides }) => latencies[step - 1] - besides[step - 1]));
    return {
      name,
      overhead: SHOWN.map(at),
      megabytes: runs[0].bytes / 1e6,
      cpu: (server.cpuSeconds() - before) / EPISODES,
      peak: server.peakMegabytes(),
    };
  } finally {
    await server.stop();
  }
}

async function measureMany({ name, start, query }) {
  console.error(`  ${name}`);
  const server = await start();
  try {
    await Promise.all(server.urls.map((url) => episode(url, STEPS, query)));
    const before = server.cpuSeconds();
    const started = performance.now();
    const runs = await Promise.all(server.urls.map((url) => episode(url, STEPS, query)));
    const wall = (performance.now() - started) / 1000;
    const latencies = runs.flatMap((run) => run.latencies);
    return {
      name,
      rate: (MANY * STEPS) / wall,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      cpu: (server.cpuSeconds() - before) / MANY,
      peak: server.peakMegabytes(),
    };
  } finally {
    await server.stop();
  }
}

function printOne(rows) {
  const [peer] = rows;
  const steps = SHOWN.map((step) => `step ${step}`);
  const head = [
    'one env: overhead p50 in ms',
    ...steps,
    'MB/episode',
    'CPU s/episode',
    'peak MB',
    'CPU vs peer',
  ];
  const cells = rows.map(({ name, overhead, megabytes, cpu, peak }) => [
    name,
    ...overhead.map((value) => value.toFixed(1)),
    megabytes.toFixed(1),
    cpu.toFixed(3),
    peak.toFixed(0),
    `${(cpu / peer.cpu).toFixed(2)}×`,
  ]);
  console.log(`${table(head, cells)}\n`);
}

function printMany(rows) {
  const [peer] = rows;
  const head = [
    `${MANY} envs at once`,
    'steps/s',
    'p50 ms',
    'p99 ms',
    'CPU s/episode',
    'peak MB',
    'steps/s vs peer',
  ];
  const cells = rows.map(({ name, rate, p50, p99, cpu, peak }) => [
    name,
    ...[rate, p50, p99].map((value) => value.toFixed(0)),
    cpu.toFixed(3),
    peak.toFixed(0),
    `${(rate / peer.rate).toFixed(1)}×`,
  ]);
  console.log(table(head, cells));
}
