/**
 * What 63 other envs cost one: `npm run bench:envs`. Practice desktops in the server's own process, at the reference's pace;
 * each env makes a step every four seconds, evenly spread, as trainers do that wait for their model.
 */
import { fileURLToPath } from 'node:url';
import { setUp } from '../support/bench.mjs';
import { machine, percentile, table } from '../support/figures.mjs';
import { cpuSeconds, peakMegabytes, startProgram } from '../support/processes.mjs';
import { reset, step } from './client.mjs';

const PROGRAM = fileURLToPath(new URL('../../../bin/arpo-env.js', import.meta.url));
const MANY = 64;
const STEPS = 15;
const EVERY_MS = 4000;

await setUp({ linux: true });
console.log(`${machine()} at the start\n`);
const rows = [];
for (const envs of [1, MANY]) rows.push(await measure(envs));
const [alone] = rows;
const head = ['practice desktops', 'steps/s', 'p50 ms', 'p99 ms', 'CPU s/step', 'peak MB', 'p50 vs one env'];
const cells = rows.map(({ envs, rate, p50, p99, cpu, peak }) => [
  `arpo-env --envs ${envs}`,
  rate.toFixed(1),
  ...[p50, p99].map((value) => value.toFixed(0)),
  cpu.toFixed(3),
  peak.toFixed(0),
  `${(p50 / alone.p50).toFixed(3)}×`,
]);
console.log(`${table(head, cells)}\n\n${machine()} at the end`);

async function measure(envs) {
  console.error(`  ${envs} envs`);
  const args = ['serve', '--provider', 'sim', '--envs', String(envs), '--port', '0', '--json'];
  const server = startProgram(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const { url } = JSON.parse(await server.nextLine());
    const urls = Array.from({ length: envs }, (_, index) => new URL(`envs/${index}`, url).href);
    for (const one of urls) await reset(one);
    await Promise.all(urls.map((one) => step(one))); // V8 compiles
    const before = cpuSeconds([server.pid]);
    const started = performance.now();
    const latencies = await Promise.all(
      urls.map((one, index) => play(one, started + (index * EVERY_MS) / envs)),
    );
    const all = latencies.flat();
    return {
      envs,
      rate: all.length / ((performance.now() - started) / 1000),
      p50: percentile(all, 0.5),
      p99: percentile(all, 0.99),
      cpu: (cpuSeconds([server.pid]) - before) / all.length,
      peak: peakMegabytes([server.pid]),
    };
  } finally {
    await server.stop();
  }
}

/** A step every EVERY_MS from `begin` on; their latencies in ms. */
async function play(url, begin) {
  const latencies = [];
  for (let index = 0; index < STEPS; index += 1) {
    const wait = begin + index * EVERY_MS - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(wait, 0)));
    const started = performance.now();
    await step(url);
    latencies.push(performance.now() - started);
  }
  return latencies;
}
