/**
 * The figures of a real desktop (`arpo-env guest --screen x11`): its start, screenshots of a screen that changes, a click
 * through /execute beside the same click by a Python start with pyautogui, memory and idle CPU. Needs the packages that
 * `arpo-env guest --screen x11` names, and a built dist/. For the comparison a Python with pyautogui that is no link into a
 * home directory, e.g. `/usr/bin/python3 -m venv .x11-venv && .x11-venv/bin/pip install pyautogui`:
 *   PYTHON=$PWD/.x11-venv/bin/python node test/bench/x11.mjs
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const STARTS = 5;
const SCREENSHOTS = 40;
const CLICKS = 200;
const PYTHON_CLICKS = 15;
const IDLE_MS = 20_000;
const TICKS_PER_SECOND = 100;
const SCROLLING =
  'i=0; while :; do i=$((i+1)); echo "$i the quick brown fox jumps over the lazy dog, again and again"; sleep 0.02; done';
const CLICK = 'import pyautogui; pyautogui.FAILSAFE = False; pyautogui.click(60, 60)';

const starts = [];
for (let round = 1; round < STARTS; round += 1) {
  const desktop = await start();
  starts.push(desktop.readyMs);
  await desktop.stop();
}
const desktop = await start();
starts.push(desktop.readyMs);
report('ready: process start to screenshot and /json/version', starts, 3000);

await sleep(2000);
const before = ticks(desktop.pid);
await sleep(IDLE_MS);
const share = ((ticks(desktop.pid) - before) / TICKS_PER_SECOND / (IDLE_MS / 1000)) * 100;
console.log(`idle CPU: ${share.toFixed(2)} % of one core (limit 1 %)`);

const still = await repeat(SCREENSHOTS, () => desktop.get('screenshot'));
report('screenshot 1920x1080, nothing changed', still, 60);
await desktop.post('setup/launch', {
  command: ['gnome-terminal', '--maximize', '--', 'sh', '-c', SCROLLING],
});
await sleep(2000);
report(
  'screenshot 1920x1080, a full-screen terminal scrolls',
  await repeat(SCREENSHOTS, () => desktop.get('screenshot')),
  60,
);
await desktop.post('execute', { command: 'pkill xterm', shell: true });
await sleep(500);

report('click through /execute', await repeat(CLICKS, () => execute(['python', '-c', CLICK])), 10);
const python = process.env.PYTHON;
if (python) {
  // Not `python -c`, which the agent would read itself.
  const command = ['env', python, '-c', CLICK];
  report(
    'the same click by a Python start with pyautogui',
    await repeat(PYTHON_CLICKS, () => execute(command)),
  );
} else console.log('no PYTHON with pyautogui given: the comparison is left out');

console.log(
  `memory: ${(pss(desktop.pid) / 1024).toFixed(0)} MB proportional set size of all its processes (limit 150 MB)`,
);
await desktop.stop();

async function start() {
  const began = performance.now();
  const args = ['guest', '--screen', 'x11', '--port', '0', '--cdp-port', '0', '--watch-port', '0', '--json'];
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { agent, cdp } = JSON.parse(line);
  const get = async (path) => ok(await fetch(new URL(path, agent))).arrayBuffer();
  await Promise.all([get('screenshot'), fetch(new URL('json/version', cdp))]);
  return {
    pid: child.pid,
    readyMs: performance.now() - began,
    get,
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return ok(await fetch(new URL(path, agent), init)).text();
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function execute(command) {
  const { returncode, error } = JSON.parse(await desktop.post('execute', { command }));
  if (returncode !== 0) throw new Error(error);
}

function ok(response) {
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response;
}

async function repeat(count, act) {
  const times = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  return times;
}

function report(what, times, limit) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  console.log(
    `${what}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms${limit ? ` (limit p50 ${limit} ms)` : ''}, n=${times.length}`,
  );
}

/** `pid` and everything below it. */
function family(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = stat(name)?.[1];
    if (parent) children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  const below = (one) => [one, ...(children.get(one) ?? []).flatMap(below)];
  return below(String(pid));
}

function pss(pid) {
  return family(pid).reduce((sum, one) => {
    const text = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8');
    return sum + Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }, 0);
}

function ticks(pid) {
  return family(pid).reduce(
    (sum, one) => sum + Number(stat(one)?.[11] ?? 0) + Number(stat(one)?.[12] ?? 0),
    0,
  );
}

/** Fields of proc(5) from the state on; undefined when the process has ended. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
