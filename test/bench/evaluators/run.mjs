/**
 * What OSWorld's own evaluators cost through our judge, sandbox and worker included, beside the peer: a bare Python process
 * that imports the metric's module and calls the metric on the same files. As a Markdown table: `npm run bench:evaluators`;
 * of some families alone: `npm run bench:evaluators -- xlsx pdf`
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configSchema } from '../../../dist/config/schema.js';
import { readInstallation } from '../../../dist/evaluators/osworld/installation.js';
import { folder, setUp, stop } from '../support/bench.mjs';
import { elapsed, machine, median, table } from '../support/figures.mjs';
import { run } from '../support/processes.mjs';
import { FAMILIES } from './families.mjs';
import { cpuOfAll, memoryOfWorkers, Ours } from './ours.mjs';
import { Peer } from './peer.mjs';

const ROUNDS = 4;
const LATER = 20;
const FIRST_RATIO = 1.2;
const LATER_MS = 60;
const IDLE_MB = 400;

const CACHE = fileURLToPath(new URL('../../../.e2e-cache/evaluators', import.meta.url));
const MAKER = fileURLToPath(new URL('../../e2e/fixtures/evaluators/make_files.py', import.meta.url));

const { ARPO_ENV_EVALUATORS_DIR: dir = CACHE } = process.env;
const { evaluators: settings } = configSchema.parse({ evaluators: { dir } });
const where = machine();
const installation = await readInstallation(settings);
const files = join(folder, 'files');
await setUp({ linux: true, prepare });

const wanted = process.argv.slice(2);
const metrics = FAMILIES.filter(({ family }) => wanted.length === 0 || wanted.includes(family)).map(
  ({ result, expected, ...metric }) => ({
    ...metric,
    result: join(files, metric.case, 'solved', result),
    expected: join(files, metric.case, 'gold', expected),
  }),
);
// What is done once per server is no part of an evaluation, and a file that was never read comes from the disk.
for (const metric of metrics) {
  await first(metric);
  await firstOfPeer(metric);
}
const rows = [];
for (const metric of metrics) rows.push(await firsts(metric));
const { laters, idle } = await laterOnes();
console.log(`${where} before\n`);
const HEAD = [
  'first evaluation, a new worker',
  'peer ms',
  'ours ms',
  'ratio',
  'peer CPU ms',
  'ours CPU ms',
  'ratio',
  '',
];
console.log(table(HEAD, rows));
console.log(
  `\n${table(['later evaluations', 'ms', "metric's own CPU ms", 'ours CPU ms', 'more', ''], laters)}`,
);
console.log(
  `\nidle worker after all of them: ${idle.toFixed(0)} MB, limit ${IDLE_MB} MB: ${met(idle <= IDLE_MB)}`,
);

async function prepare() {
  const [problem] = installation.problems;
  if (problem) stop(problem.message, `ARPO_ENV_EVALUATORS_DIR=${dir} ${problem.fix}`);
  await run(installation.python, '-B', MAKER, files, 'sheets', 'documents', 'slides', 'media', 'web');
}

/** One and the other in turn, so that what else the machine does meets both. */
async function firsts(metric) {
  const peer = [];
  const ours = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    peer.push(await firstOfPeer(metric));
    ours.push(await first(metric));
  }
  const p50 = (figures, key) => median(figures.map((figure) => figure[key]));
  const ratios = ['ms', 'cpu'].map((key) => p50(ours, key) / p50(peer, key));
  const cells = ['ms', 'cpu'].flatMap((key, index) => [
    p50(peer, key).toFixed(0),
    p50(ours, key).toFixed(0),
    ratios[index].toFixed(2),
  ]);
  return [`${metric.family}: ${metric.func}`, ...cells, met(ratios[1] <= FIRST_RATIO)];
}

async function firstOfPeer(metric) {
  let cpu = 0;
  let peer;
  const ms = await elapsed(async () => {
    peer = new Peer(installation);
    cpu = (await peer.call(metric)).total * 1000;
  });
  await peer.end();
  return { ms, cpu };
}

async function first(metric) {
  const ours = await Ours.start(settings, join(folder, 'cache'));
  const before = cpuOfAll();
  const ms = await ours.evaluate(metric);
  const cpu = (cpuOfAll() - before) * 1000;
  await ours.end();
  return { ms, cpu };
}

async function laterOnes() {
  const peer = new Peer(installation);
  const ours = await Ours.start({ ...settings, workers: 1 }, join(folder, 'cache'));
  const laters = [];
  for (const metric of metrics) {
    await peer.call(metric);
    await ours.evaluate(metric);
    const own = [];
    const times = [];
    const before = cpuOfAll();
    for (let count = 0; count < LATER; count += 1) times.push(await ours.evaluate(metric));
    const cpu = ((cpuOfAll() - before) * 1000) / LATER;
    for (let count = 0; count < LATER; count += 1) own.push((await peer.call(metric)).cpu * 1000);
    const mean = own.reduce((sum, one) => sum + one, 0) / LATER;
    const more = cpu - mean;
    laters.push([
      `${metric.family}: ${metric.func}, n=${LATER}`,
      ...[median(times), mean, cpu, more].map((figure) => figure.toFixed(0)),
      met(more <= LATER_MS),
    ]);
  }
  await peer.end();
  const idle = memoryOfWorkers();
  await ours.end();
  return { laters, idle };
}

function met(isMet) {
  if (!isMet) process.exitCode = 1;
  return isMet ? 'met' : 'MISSED';
}
