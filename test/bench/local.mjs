/**
 * Provider local: start until screenshot and Chrome DevTools answer, one at a time and four at once; stop; and what a
 * freeze with a thaw costs, which is done at every step; as a Markdown table. Beside them, in the same rounds, the start of a bare Node.
 * Needs Linux with the desktop's programs and a built dist/: `node test/bench/local.mjs`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntilReady } from '../../dist/desktop/readiness.js';
import { LocalProvider } from '../../dist/providers/local/provider.js';

const ROUNDS = 10;
const PAUSES = 50;
const READY_MS = 3000;
const state = mkdtempSync(join(tmpdir(), 'arpo-env-bench-'));
const signal = AbortSignal.timeout(600_000);
const provider = new LocalProvider({
  screen: { width: 1920, height: 1080 },
  ramSize: 4 * 1024 ** 3,
  cpuCores: 2,
  vnc: false,
  env: { ...process.env, ARPO_ENV_STATE_DIR: state },
  onWarning: (text) => console.log(`! ${text}`),
});

const loadBefore = loadavg()[0];
const times = { 'node -e 0': [], ready: [], stop: [], 'freeze + thaw': [], 'four at once, ready': [] };
await dispose(await ready()); // what is done once per server is not part of a start
for (let round = 0; round < ROUNDS; round += 1) {
  times['node -e 0'].push(await elapsed(() => spawnSync(process.execPath, ['-e', '0'])));
  const began = performance.now();
  const desktop = await ready();
  times.ready.push(performance.now() - began);
  for (let pause = 0; pause < PAUSES / ROUNDS; pause += 1) {
    times['freeze + thaw'].push(await elapsed(() => desktop.pause().then(() => desktop.resume())));
  }
  times.stop.push(await elapsed(() => dispose(desktop)));
}
for (let round = 0; round < 3; round += 1) {
  const began = performance.now();
  const desktops = await Promise.all([ready(), ready(), ready(), ready()]);
  times['four at once, ready'].push(performance.now() - began);
  await Promise.all(desktops.map(dispose));
}
rmSync(state, { recursive: true, force: true });

const LIMITS = { ready: READY_MS };
const base = median(times['node -e 0']);
console.log(
  `${cpus().length} CPUs (${cpus()[0]?.model}), Node ${process.version}, load ${loadBefore.toFixed(1)} before`,
);
console.log('\n| what | p50 | max | × node start | limit | |\n| --- | --: | --: | --: | --: | --- |');
for (const [name, values] of Object.entries(times)) {
  const p50 = median(values);
  const limit = LIMITS[name];
  const isMet = limit === undefined ? '' : p50 <= limit ? 'met' : 'MISSED';
  if (isMet === 'MISSED') process.exitCode = 1;
  const cells = [
    `${name}, n=${values.length}`,
    `${p50.toFixed(1)} ms`,
    `${Math.max(...values).toFixed(1)} ms`,
    (p50 / base).toFixed(2),
    limit === undefined ? '' : `p50 ${limit} ms`,
    isMet,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function ready() {
  const desktop = await provider.start({ signal, onProgress: () => {} });
  await waitUntilReady(desktop.endpoints, { budgetMs: 60_000, signal, intervalMs: 10 });
  return desktop;
}

async function dispose(desktop) {
  await desktop[Symbol.asyncDispose]();
}

async function elapsed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
