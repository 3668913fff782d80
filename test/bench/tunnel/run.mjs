/**
 * `npm run bench:tunnel`: the tunnel against `ssh -R` (throughput, latency), autossh and a `while ssh` loop (recovery),
 * over a real sshd in a network namespace. `--only throughput|recovery`, `--quick`.
 */
import { parseArgs } from 'node:util';
import { setUp } from '../support/bench.mjs';
import { machine } from '../support/figures.mjs';
import { recoveryTable } from './recovery.mjs';
import { throughputTable } from './throughput.mjs';
import { PROGRAMS } from './world.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const log = (line) => console.error(`  ${line}`);
const { quick, only } = values;

await setUp({ linux: true, root: true, programs: PROGRAMS });
console.log(`${machine()} before\n`);
if (only !== 'recovery') {
  console.log(
    await throughputTable(
      quick ? { rounds: 1, bodies: 3, gets: 300, log } : { rounds: 5, bodies: 5, gets: 1000, log },
    ),
  );
  console.log('');
}
if (only !== 'throughput') console.log(await recoveryTable({ runs: 1, log }));
