/**
 * What the docker provider adds to `docker run`: start until the agent answers, interleaved with `docker run` and the same
 * poll; and pause with resume next to the daemon's own two requests: `npm run bench:docker`
 */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import got from 'got';
import { DockerProvider } from '../../dist/providers/docker/provider.js';
import { buildDesktopImage, DESKTOP_IMAGE } from '../support/desktop-image.mjs';
import { atEnd, folder, setUp, stop } from './support/bench.mjs';
import { startDockerd } from './support/dockerd.mjs';
import { elapsed, median } from './support/figures.mjs';
import { run } from './support/processes.mjs';

const ROUNDS = 10;
const PAUSES = 20;
const POLL_MS = 10;
/** Of what `docker run` makes here; the provider labels its own. */
const LABEL = `arpo-env-bench=${folder}`;
const settings = {
  image: DESKTOP_IMAGE,
  ramSize: 4 * 1024 ** 3,
  cpuCores: 2,
  diskSize: 1024 ** 3,
  publishAddress: '127.0.0.1',
};
const signal = new AbortController().signal;

await setUp({ linux: true, programs: { docker: 'docker.io' }, prepare });
const provider = new DockerProvider(settings);
const start = () => provider.start({ signal, onProgress: () => {} });
const times = { 'docker run': [], 'provider.start': [] };
await dispose(await start()); // What is done once per server is not part of a start.
for (let round = 0; round < ROUNDS; round += 1) {
  times['docker run'].push(await dockerRun());
  const began = performance.now();
  const desktop = await start();
  await answers(new URL('platform', desktop.endpoints.agent));
  times['provider.start'].push(performance.now() - began);
  console.error(`  round ${round + 1} of ${ROUNDS}`);
  await dispose(desktop);
}
report('start until the agent answers', times);

const pauses = { 'daemon alone': [], 'pause + resume': [] };
const desktop = await start();
await answers(new URL('platform', desktop.endpoints.agent));
const container = new Docker().getContainer(desktop.id);
for (let round = 0; round < PAUSES; round += 1) {
  pauses['daemon alone'].push(await elapsed(() => container.pause().then(() => container.unpause())));
  pauses['pause + resume'].push(await elapsed(() => desktop.pause().then(() => desktop.resume())));
}
report('pause + resume', pauses);
await dispose(desktop);

async function prepare() {
  if (!(await startDockerd())) {
    atEnd(process.execPath, fileURLToPath(new URL('docker-orphans.mjs', import.meta.url)), LABEL);
  }
  console.error('  building the image');
  await buildDesktopImage({ api: new Docker(), env: process.env }).catch(({ message }) =>
    stop(`the image ${DESKTOP_IMAGE} cannot be built: ${message}`, 'scripts/e2e-setup.sh'),
  );
}

async function dockerRun() {
  const publish = [5000, 9222, 8006, 8080].flatMap((port) => ['-p', `127.0.0.1::${port}`]);
  const began = performance.now();
  const limits = ['--memory', '4g', '--cpus', '2'];
  const id = await run(
    'docker',
    'run',
    '-d',
    '--init',
    '--label',
    LABEL,
    ...limits,
    ...publish,
    DESKTOP_IMAGE,
  );
  const [address] = (await run('docker', 'port', id, '5000/tcp')).split('\n');
  await answers(new URL(`http://${address}/platform`));
  const took = performance.now() - began;
  await run('docker', 'rm', '-f', '-v', id);
  return took;
}

async function answers(url) {
  for (;;) {
    const answer = got(url, { retry: { limit: 0 }, timeout: { request: 5000 } });
    if (await answer.then(() => true).catch(() => false)) return;
    await delay(POLL_MS);
  }
}

function dispose(started) {
  return started[Symbol.asyncDispose]();
}

function report(title, table) {
  const [[, baseline]] = Object.entries(table);
  for (const [name, values] of Object.entries(table)) {
    const ratio = (median(values) / median(baseline)).toFixed(2);
    console.log(`${title}: ${name.padEnd(16)} ${median(values).toFixed(0).padStart(5)} ms median  ${ratio}×`);
  }
}
