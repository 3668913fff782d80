/**
 * The figures of a real desktop (`arpo-env guest --screen x11`) as a Markdown table: its start, screenshots of a screen
 * that changes, a click through /execute next to the same click by a Python start with pyautogui, memory and idle CPU:
 * `npm run bench:x11`. PYTHON=/path/to/python names one with pyautogui in place of the venv that it makes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pythonWith, setUp } from './support/bench.mjs';
import { machine, percentile, repeat, table } from './support/figures.mjs';
import { cpuSeconds, family, ownMegabytes, run, startProgram } from './support/processes.mjs';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const STARTS = 5;
const SCREENSHOTS = 40;
const CLICKS = 200;
const PYTHON_CLICKS = 15;
const IDLE_MS = 20_000;
const SCROLLING =
  'i=0; while :; do i=$((i+1)); echo "$i the quick brown fox jumps over the lazy dog, again and again"; sleep 0.02; done';
const CLICK = 'import pyautogui; pyautogui.FAILSAFE = False; pyautogui.click(60, 60)';

let python = process.env.PYTHON ?? '';
await setUp({
  linux: true,
  programs: {
    Xvfb: 'xvfb',
    openbox: 'openbox',
    xterm: 'xterm',
    tint2: 'tint2',
    chromium: 'chromium',
    'dbus-daemon': 'dbus',
  },
  prepare: async () => {
    python ||= await pythonWithPyautogui();
  },
});
const rows = [];
const where = machine();
const starts = [];
for (let round = 1; round < STARTS; round += 1) {
  const desktop = await start();
  starts.push(desktop.readyMs);
  await desktop.stop();
}
const desktop = await start();
starts.push(desktop.readyMs);
report('ready: process start until screenshot and CDP answer', starts, 3000);

await sleep(2000);
const before = cpuSeconds(family(desktop.pid));
await sleep(IDLE_MS);
const share = ((cpuSeconds(family(desktop.pid)) - before) / (IDLE_MS / 1000)) * 100;
row(`idle CPU over ${IDLE_MS / 1000} s`, `${share.toFixed(2)} % of one core`, '', '1 %', share <= 1);
const megabytes = ownMegabytes(family(desktop.pid));
row(
  'memory without a browser, all processes (PSS)',
  `${megabytes.toFixed(0)} MB`,
  '',
  '150 MB',
  megabytes <= 150,
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
// Not `python -c`, which the agent would read itself.
const withPython = ['env', python, '-c', CLICK];
await execute(withPython);
report(
  'the same click by a Python start with pyautogui',
  await repeat(PYTHON_CLICKS, () => execute(withPython)),
);
row('memory after all that (PSS)', `${ownMegabytes(family(desktop.pid)).toFixed(0)} MB`, '', '', null);
await desktop.stop();
console.log(`${where} before\n`);
console.log(table(['what', 'p50', 'p95', 'limit', ''], rows));

async function start() {
  const began = performance.now();
  const args = ['guest', '--screen', 'x11', '--port', '0', '--cdp-port', '0', '--watch-port', '0', '--json'];
  const program = startProgram(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const { agent, cdp, error } = JSON.parse(await program.nextLine());
  if (error) throw new Error(error.message);
  const get = async (path) => ok(await fetch(new URL(path, agent))).arrayBuffer();
  await Promise.all([get('screenshot'), fetch(new URL('json/version', cdp))]);
  return {
    pid: program.pid,
    readyMs: performance.now() - began,
    get,
    async post(path, body) {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return ok(await fetch(new URL(path, agent), init)).text();
    },
    stop: () => program.stop(),
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

function report(what, times, limit) {
  const ms = (fraction) => `${percentile(times, fraction).toFixed(1)} ms`;
  const isMet = limit === undefined ? null : percentile(times, 0.5) <= limit;
  row(`${what}, n=${times.length}`, ms(0.5), ms(0.95), limit ? `p50 ${limit} ms` : '', isMet);
}

/** `isMet`: null where there is no limit. */
function row(what, p50, p95, limit, isMet) {
  rows.push([what, p50, p95, limit, isMet === null ? '' : isMet ? 'met' : 'MISSED']);
  if (isMet === false) process.exitCode = 1;
}

/** Importing it would need a display. Without Tk its MouseInfo ends Python, so there it is left out. */
async function pythonWithPyautogui() {
  const found = await pythonWith(
    'bench-pyautogui',
    ['pyautogui'],
    "import importlib.metadata as m; m.version('pyautogui')",
  );
  await run(found, '-c', 'import tkinter').catch(async () => {
    console.error('python3-tk is not installed: pyautogui starts without its MouseInfo, so a little faster');
    await run(found, '-m', 'pip', 'uninstall', '--quiet', '--yes', 'mouseinfo');
  });
  return found;
}
