/**
 * The demo's episode at both paces, in the same rounds, as a Markdown table: `npm run bench:pace`. An episode is all that the
 * trainer waits for: its reset, which boots the desktop, its steps and its score. On provider sim the demo waits at no pace:
 * what a step of it costs is all else.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folder, setUp } from './support/bench.mjs';
import { machine, median, table } from './support/figures.mjs';
import { run } from './support/processes.mjs';

const ROUNDS = 5;
const PROVIDERS = ['local', 'sim'];
const PACES = ['reference', 'quick'];
/** Of what comes after the reset, which no pace changes. */
const LIMIT = 0.25;
const PARTS = {
  reset: ({ action }) => action === 'reset',
  steps: ({ action }) => !['reset', 'evaluate'].includes(action),
  score: ({ action }) => action === 'evaluate',
  'steps and score': ({ action }) => action !== 'reset',
  'whole episode': () => true,
};
const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

const where = machine();
await setUp({ linux: true, programs: { Xvfb: 'xvfb', mousepad: 'mousepad' } });
/** Milliseconds of each round, by provider, pace and part. */
const times = new Map();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const provider of PROVIDERS)
    for (const pace of PACES) note(provider, pace, await play(provider, pace));
}
const rows = PROVIDERS.flatMap((provider) => Object.keys(PARTS).map((part) => row(provider, part)));
console.log(`${where} before\n`);
console.log(table(['demo, median', ...PACES, 'ratio', 'limit', ''], rows));

async function play(provider, pace) {
  const out = join(folder, 'demo');
  const options = ['--provider', provider, '--pace', pace, '--out', out, '--json'];
  const { reward, steps } = JSON.parse(await run(process.execPath, bin, 'demo', ...options));
  if (reward !== 1) throw new Error(`reward ${reward} on ${provider} at pace ${pace}`);
  return steps;
}

function note(provider, pace, steps) {
  for (const [part, belongs] of Object.entries(PARTS)) {
    const key = `${provider} ${pace} ${part}`;
    const sum = steps.filter(belongs).reduce((total, { latencyMs }) => total + latencyMs, 0);
    times.set(key, [...(times.get(key) ?? []), sum]);
  }
}

function row(provider, part) {
  const [reference, quick] = PACES.map((pace) => median(times.get(`${provider} ${pace} ${part}`)));
  const ratio = quick / reference;
  const isLimited = provider === 'local' && part === 'steps and score';
  if (isLimited && ratio > LIMIT) process.exitCode = 1;
  return [
    `${provider}, ${part}, n=${ROUNDS}`,
    ...[reference, quick].map((ms) => `${(ms / 1000).toFixed(2)} s`),
    ratio.toFixed(2),
    isLimited ? LIMIT.toFixed(2) : '',
    isLimited ? (ratio <= LIMIT ? 'met' : 'MISSED') : '',
  ];
}
