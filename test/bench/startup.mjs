/** How much slower `arpo-env --version` and `--help` are than a bare `node -e 0`, in one run: `npm run bench:startup` */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setUp } from './support/bench.mjs';
import { elapsed, median } from './support/figures.mjs';

const ROUNDS = 30;
const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const candidates = {
  'node -e 0': ['-e', '0'],
  'arpo-env --version': [bin, '--version'],
  'arpo-env --help': [bin, '--help'],
};

await setUp();
const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
// Interleaved, so that a busy moment of the machine falls on all of them.
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, args] of Object.entries(candidates)) times[name].push(await elapsed(() => node(args)));
}
const bare = median(times['node -e 0']);
for (const name of Object.keys(candidates)) {
  const value = median(times[name]);
  console.log(`${name.padEnd(20)} ${value.toFixed(0).padStart(4)} ms  ${(value / bare).toFixed(2)}×`);
}

function node(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} exited with ${status}`);
}
