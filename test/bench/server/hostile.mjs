/**
 * What the envs of one server suffer while another one's guest, model or client does the worst: `npm run bench:hostile [WORD]`,
 * with a word only the attacks that have it in their name. Beside each attack a client asks for `/health` and makes steps on the
 * other env, whose guest answers at once. The first row is without an attack: what this machine does by itself.
 */
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setUp } from '../support/bench.mjs';
import { elapsed, machine, percentile, table } from '../support/figures.mjs';
import { peakMegabytes, startProgram } from '../support/processes.mjs';
import { ask, NAMES } from './hostile-attacks.mjs';
import { startGuest } from './processes.mjs';

/** So long an attack goes on, again and again. */
const ATTACK_MS = 6000;
const LIMIT_MS = 50;
/** One that does not answer for so long is held up for good. */
const HUNG_MS = 15_000;
/** Steps. */
const EPISODE = 15;
const CLICK = "Thought: I will click.\nAction: click(start_box='(100,200)')";
const TASK = { id: 'bench', instruction: 'Click.', config: [], evaluator: { func: 'infeasible' } };

const [word = ''] = process.argv.slice(2);
await setUp({ linux: true, minutes: 15 });
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const hostile = elsewhere('hostile-guest.mjs');
const hostileUrl = `http://127.0.0.1:${await hostile.nextLine()}`;
const good = await startGuest();

const rows = [];
for (const name of NAMES.filter((each) => each === 'none' || each.includes(word))) {
  console.error(`  ${name}`);
  const row = await measure(name);
  rows.push(row);
  console.error(`    ${JSON.stringify(row)}`);
}
console.log(`${machine()}\n`);
const head = ['while one env', '/health p99 ms', 'step p99 ms', 'longest wait ms', 'peak MB', 'what it gets'];
console.log(
  table(
    head,
    rows.map(({ name, health, step, longest, peak, outcome }) => [
      name,
      ...[health, step, longest, peak].map((value) => value.toFixed(0)),
      outcome,
    ]),
  ),
);
const slow = rows.filter(({ health, step }) => Math.max(health, step) >= LIMIT_MS);
if (slow.length > 0) {
  console.error(`✗ ${LIMIT_MS} ms and more: ${slow.map(({ name }) => name).join('; ')}`);
  process.exitCode = 1;
}
await Promise.all([hostile.stop(), good.stop()]);

/** On a server of its own, so that what one attack leaves in memory is not the next one's. */
async function measure(name) {
  const server = startProgram(process.execPath, [path('hostile-server.mjs'), hostileUrl, good.url]);
  try {
    const base = (await server.nextLine()).replace(/\/$/, '');
    const agent = new Agent({ keepAlive: true });
    const begin = (env) => ask(`${base}/envs/${env}/env/reset`, { json: { task_config: TASK } });
    const click = () => ask(`${base}/envs/1/env/step?history=delta`, { agent, json: { prediction: CLICK } });
    await ask(`${hostileUrl}/attack`, { text: 'none' });
    for (const env of [0, 1]) await begin(env);
    // What is measured is a server that is warm.
    for (let step = 0; step < 100; step += 1) await click();
    await begin(1);
    server.signal('SIGUSR2');
    await server.nextLine();
    writeFileSync(`/proc/${server.pid}/clear_refs`, '5'); // the peak counts from here
    // In a process of its own: what it makes would hold this one's clock up.
    const attacker = elsewhere('hostile-attacks.mjs', name, base, hostileUrl);
    const outcome = attacker.nextLine().catch(() => 'no end');
    const ends = performance.now() + ATTACK_MS;
    const repeat = async (work, afterEpisode) => {
      const times = [];
      while (performance.now() < ends) {
        times.push(await elapsed(() => Promise.race([work(), delay(HUNG_MS)])));
        if (times.at(-1) >= HUNG_MS) return HUNG_MS;
        if (times.length % EPISODE === 0) await afterEpisode?.();
        await delay(5);
      }
      return percentile(times, 0.99);
    };
    const [health, step] = await Promise.all([
      repeat(() => ask(`${base}/health`, { agent })),
      repeat(click, () => begin(1)),
    ]);
    await attacker.stop('SIGKILL');
    server.signal('SIGUSR2');
    const longest = await Promise.race([
      server.nextLine().then(Number),
      delay(HUNG_MS, Number.POSITIVE_INFINITY),
    ]);
    return {
      name,
      health,
      step,
      longest,
      peak: peakMegabytes([server.pid]),
      outcome: await Promise.race([outcome, 'no end']),
    };
  } finally {
    await server.stop('SIGKILL');
  }
}

/** A program that would run on another machine: here it gets what the others leave. */
function elsewhere(name, ...args) {
  return startProgram('nice', ['-n', '19', process.execPath, path(name), ...args]);
}
