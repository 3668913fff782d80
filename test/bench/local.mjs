/**
 * Provider local: start until screenshot and CDP answer, one at a time and four at once; a click; stop; and what a pause
 * with a resume costs, which is done at every step; as a Markdown table. Beside them, in the same rounds, the start of a
 * bare Node, and start and click of a desktop without a sandbox: `npm run bench:local`
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AgentClient } from '../../dist/desktop/agent-client.js';
import { waitUntilReady } from '../../dist/desktop/readiness.js';
import { LocalProvider } from '../../dist/providers/local/provider.js';
import { atEnd, folder, setUp, stop } from './support/bench.mjs';
import { elapsed, machine, median, table } from './support/figures.mjs';

const ROUNDS = 10;
const PAUSES = 50;
/** Of all rounds: in each as many as an episode may have. */
const CLICKS = 400;
const CLICK = ['python', '-c', 'import pyautogui; pyautogui.FAILSAFE = False; pyautogui.click(300, 300)'];
const QUIET_MS = 2000;
const READY_MS = 3000;
const CLICK_MS = 3;
/** Of a desktop in a sandbox to one without. */
const READY_RATIO = 1.5;
const signal = new AbortController().signal;
const [provider, plain] = [true, false].map(
  (confine) =>
    new LocalProvider({
      screen: { width: 1920, height: 1080 },
      ramSize: 4 * 1024 ** 3,
      cpuCores: 2,
      vnc: false,
      confine,
      env: { ...process.env, ARPO_ENV_STATE_DIR: join(folder, 'local') },
      onWarning: (text) => console.log(`! ${text}`),
    }),
);

const where = machine();
await setUp({ linux: true, prepare });
const times = {
  'node -e 0': [],
  ready: [],
  'ready without a sandbox': [],
  click: [],
  'click without a sandbox': [],
  stop: [],
  'pause + resume': [],
  'four at once, ready': [],
};
// What is done once per server is not part of a start.
for (const each of [plain, provider]) await dispose(await ready(each));
for (let round = 0; round < ROUNDS; round += 1) {
  times['node -e 0'].push(await elapsed(() => spawnSync(process.execPath, ['-e', '0'])));
  await dispose(await startAndClick(plain, 'ready without a sandbox', 'click without a sandbox'));
  const desktop = await startAndClick(provider, 'ready', 'click');
  for (let pause = 0; pause < PAUSES / ROUNDS; pause += 1) {
    times['pause + resume'].push(await elapsed(() => desktop.pause().then(() => desktop.resume())));
  }
  times.stop.push(await elapsed(() => dispose(desktop)));
}
for (let round = 0; round < 3; round += 1) {
  const began = performance.now();
  const desktops = await Promise.all(Array.from({ length: 4 }, () => ready(provider)));
  times['four at once, ready'].push(performance.now() - began);
  await Promise.all(desktops.map(dispose));
}

const LIMITS = {
  ready: Math.min(READY_MS, READY_RATIO * median(times['ready without a sandbox'])),
  click: CLICK_MS,
};
const base = median(times['node -e 0']);
console.log(`${where} before\n`);
console.log(table(['what', 'p50', 'max', '× node start', 'limit', ''], Object.entries(times).map(row)));

function row([name, values]) {
  const p50 = median(values);
  const limit = LIMITS[name];
  const isMet = limit === undefined ? '' : p50 <= limit ? 'met' : 'MISSED';
  if (isMet === 'MISSED') process.exitCode = 1;
  return [
    `${name}, n=${values.length}`,
    `${p50.toFixed(1)} ms`,
    `${Math.max(...values).toFixed(1)} ms`,
    (p50 / base).toFixed(2),
    limit === undefined ? '' : `p50 ${limit.toFixed(0)} ms`,
    isMet,
  ];
}

async function prepare() {
  const [problem] = await provider.preflight();
  if (problem) stop(problem.message, problem.fix);
  // Desktops are told little of who started them, so they are found by their record.
  const orphans = fileURLToPath(new URL('local-orphans.mjs', import.meta.url));
  atEnd(process.execPath, orphans, join(folder, 'local/desktops'));
}

/** Clicks once it is quiet, as an agent does that has looked at a screenshot. */
async function startAndClick(from, readyRow, clickRow) {
  const began = performance.now();
  const desktop = await ready(from);
  times[readyRow].push(performance.now() - began);
  const agent = new AgentClient(desktop.endpoints.agent, desktop.agentSocket);
  await agent.screenshot();
  await sleep(QUIET_MS);
  for (let click = 0; click < CLICKS / ROUNDS; click += 1) {
    times[clickRow].push(await elapsed(() => agent.execute(CLICK)));
  }
  return desktop;
}

async function ready(provider) {
  const desktop = await provider.start({ signal, onProgress: () => {} });
  await waitUntilReady(desktop.endpoints, { budgetMs: 60_000, signal, intervalMs: 10 });
  return desktop;
}

async function dispose(desktop) {
  await desktop[Symbol.asyncDispose]();
}
