/**
 * `npm run bench:tunnel`: the tunnel against `ssh -R` (throughput, latency), autossh and a `while ssh` loop (recovery),
 * over a real sshd in a network namespace. Needs root, iproute2, openssh-server, openssh-client, autossh. `--only throughput|recovery`, `--quick`.
 */
import { parseArgs } from 'node:util';
import { recoveryTable } from './recovery.mjs';
import { throughputTable } from './throughput.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const log = (line) => console.error(`  ${line}`);
const { quick, only } = values;

if (only !== 'recovery') {
  console.log(
    await throughputTable(
      quick ? { rounds: 1, bodies: 3, gets: 300, log } : { rounds: 7, bodies: 7, gets: 1000, log },
    ),
  );
  console.log('');
}
if (only !== 'throughput') console.log(await recoveryTable({ runs: quick ? 1 : 5, log }));
