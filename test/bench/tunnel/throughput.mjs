/** 64 MiB bodies and small requests through `ssh -R` and through arpo-env, with the same cipher and the same sshd. */
import { percentile, table } from '../support/figures.mjs';
import { measure } from './cluster-side.mjs';
import { startArpoEnv, startSsh } from './tunnels.mjs';
import { startWorld } from './world.mjs';

const CIPHER = 'aes128-gcm@openssh.com';
const MEBIBYTES = 64;
const TOOLS = { 'ssh -R': startSsh, 'arpo-env': startArpoEnv };

/** Each cell is the median over the rounds of that round's median or percentile, with the lowest and the highest of them. */
export async function throughputTable({ rounds, bodies, gets, log }) {
  const results = Object.fromEntries(Object.keys(TOOLS).map((name) => [name, []]));
  // In turns, so that a busy moment of the machine does not hit one of them alone.
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, start] of Object.entries(TOOLS)) {
      const figures = rows(await measureOne(start, bodies, gets));
      results[name].push(figures);
      log(`round ${round + 1}, ${name}: ${JSON.stringify(Object.fromEntries(figures))}`);
    }
  }
  const [peer, own] = Object.values(results);
  const [first] = peer;
  return table(
    [
      `${CIPHER}, median of ${rounds} rounds (lowest–highest)`,
      ...Object.keys(TOOLS),
      'ratio, median of the rounds',
    ],
    first.map(([what], index) => {
      const values = [peer, own].map((all) => all.map((figures) => figures[index][1]));
      const ratios = values[0].map((value, round) => values[1][round] / value);
      return [what, ...values.map(spread), `${spread(ratios)}×`];
    }),
  );
}

function spread(values) {
  const [low, middle, high] = [0, 0.5, 1].map((fraction) => percentile(values, fraction).toFixed(2));
  return values.length === 1 ? middle : `${middle} (${low}–${high})`;
}

async function measureOne(start, bodies, gets) {
  const world = await startWorld({ start, settings: [`Ciphers ${CIPHER}`] });
  const { cluster, watcher } = world;
  try {
    watcher.stop();
    // Warm: imports, JIT, TCP windows. A tunnel carries bodies for weeks.
    await measure(cluster, 'latency', 300);
    await measure(cluster, 'download', 3);
    await measure(cluster, 'upload', 3);
    return {
      latency: await measure(cluster, 'latency', gets),
      download: await measure(cluster, 'download', bodies),
      upload: await measure(cluster, 'upload', bodies),
    };
  } finally {
    await world.stop();
  }
}

function rows({ download, upload, latency }) {
  const rate = (times) => MEBIBYTES / (percentile(times, 0.5) / 1000);
  return [
    [`answers of ${MEBIBYTES} MiB, MiB/s`, rate(download)],
    [`requests of ${MEBIBYTES} MiB, MiB/s`, rate(upload)],
    ['small GET, p50 ms', percentile(latency, 0.5)],
    ['small GET, p99 ms', percentile(latency, 0.99)],
  ];
}
