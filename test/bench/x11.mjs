/**
 * The figures of a real desktop (`arpo-env guest --screen x11`) as a Markdown table: its start, screenshots of a screen
 * that changes, a click through /execute beside the same click by a Python start with pyautogui, memory and idle CPU.
 * Needs the packages that `arpo-env guest --screen x11` names, and a built dist/: `node test/bench/x11.mjs`
 * For the comparison it makes a venv with pyautogui in .e2e-cache/, once; or name one: PYTHON=/path/to/python.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const VENV = fileURLToPath(new URL('../../.e2e-cache/pyautogui', import.meta.url));
const STARTS = 5;
const SCREENSHOTS = 40;
const CLICKS = 200;
const PYTHON_CLICKS = 15;
const IDLE_MS = 20_000;
const TICKS_PER_SECOND = 100;
const SCROLLING =
  'i=0; while :; do i=$((i+1)); echo "$i the quick brown fox jumps over the lazy dog, again and again"; sleep 0.02; done';
const CLICK = 'import pyautogui; pyautogui.FAILSAFE = False; pyautogui.click(60, 60)';

const rows = [];
const loadBefore = loadavg()[0];
const starts = [];
for (let round = 1; round < STARTS; round += 1) {
  const desktop = await start();
  starts.push(desktop.readyMs);
  await desktop.stop();
}
const desktop = await start();
starts.push(desktop.readyMs);
report('ready: process start until screenshot and DevTools answer', starts, 3000);

await sleep(2000);
const before = ticks(desktop.pid);
await sleep(IDLE_MS);
const share = ((ticks(desktop.pid) - before) / TICKS_PER_SECOND / (IDLE_MS / 1000)) * 100;
row(`idle CPU over ${IDLE_MS / 1000} s`, `${share.toFixed(2)} % of one core`, '', '1 %', share <= 1);
row(
  'memory without a browser, all processes (PSS)',
  `${memory(desktop.pid)} MB`,
  '',
  '150 MB',
  memory(desktop.pid) <= 150,
);

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
const python = pythonWithPyautogui();
if (python !== null) {
  // Not `python -c`, which the agent would read itself.
  const command = ['env', python, '-c', CLICK];
  await execute(command);
  report(
    'the same click by a Python start with pyautogui',
    await repeat(PYTHON_CLICKS, () => execute(command)),
  );
}
row('memory after all that (PSS)', `${memory(desktop.pid)} MB`, '', '', null);
await desktop.stop();
console.log(
  `${cpus().length} CPUs (${cpus()[0]?.model}), Node ${process.version}, load ${loadBefore.toFixed(1)} before`,
);
console.log('\n| what | p50 | p95 | limit | |\n| --- | --: | --: | --: | --- |');
for (const cells of rows) console.log(`| ${cells.join(' | ')} |`);

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
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const ms = (value) => `${value.toFixed(1)} ms`;
  const isMet = limit === undefined ? null : at(0.5) <= limit;
  row(`${what}, n=${times.length}`, ms(at(0.5)), ms(at(0.95)), limit ? `p50 ${limit} ms` : '', isMet);
}

/** `isMet`: null where there is no limit. */
function row(what, p50, p95, limit, isMet) {
  rows.push([what, p50, p95, limit, isMet === null ? '' : isMet ? 'met' : 'MISSED']);
  if (isMet === false) process.exitCode = 1;
}

/** Null when there is none and none can be made: the comparison is left out then. */
function pythonWithPyautogui() {
  if (process.env.PYTHON) return process.env.PYTHON;
  const python = `${VENV}/bin/python`;
  // Importing it would need a display.
  if (existsSync(python) && spawnSync(python, ['-m', 'pip', 'show', 'pyautogui']).status === 0) return python;
  // Not one in a home directory: a desktop does not see it.
  const made = spawnSync('/usr/bin/python3', ['-m', 'venv', VENV]);
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', 'pyautogui'], { encoding: 'utf8' });
  if (made.status === 0 && installed.status === 0) return python;
  console.log(
    `the comparison with Python is left out: no pyautogui in ${VENV}\n${installed.stderr ?? made.stderr ?? made.error}`,
  );
  return null;
}

function memory(pid) {
  return Math.round(pss(pid) / 1024);
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
