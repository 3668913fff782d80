/**
 * What the docker provider adds to `docker run`: start until the agent answers, interleaved with `docker run` and the same
 * poll; and pause with resume beside the daemon's own two requests. Needs a daemon with the image arpo-desktop-sim
 * (`arpo-env image build --screen sim --tag arpo-desktop-sim`) and a built dist/: `node test/bench/docker-start.mjs`
 */
import { execFileSync } from 'node:child_process';
import Docker from 'dockerode';
import got from 'got';
import { DockerProvider } from '../../dist/providers/docker/provider.js';

const ROUNDS = 15;
const PAUSES = 40;
const IMAGE = 'arpo-desktop-sim';
const POLL_MS = 10;
const settings = {
  image: IMAGE,
  ramSize: 4 * 1024 ** 3,
  cpuCores: 2,
  diskSize: 1024 ** 3,
  publishAddress: '127.0.0.1',
};
const provider = new DockerProvider(settings);
const signal = AbortSignal.timeout(600_000);
const start = () => provider.start({ signal, onProgress: () => {} });

const times = { 'docker run': [], 'provider.start': [] };
await dispose(await start()); // What is done once per server is not part of a start.
for (let round = 0; round < ROUNDS; round += 1) {
  times['docker run'].push(await dockerRun());
  const began = performance.now();
  const desktop = await start();
  await answers(new URL('platform', desktop.endpoints.agent));
  times['provider.start'].push(performance.now() - began);
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

async function dockerRun() {
  const publish = [5000, 9222, 8006, 8080].flatMap((port) => ['-p', `127.0.0.1::${port}`]);
  const began = performance.now();
  const id = docker('run', '-d', '--init', '--memory', '4g', '--cpus', '2', ...publish, IMAGE);
  const address = docker('port', id, '5000/tcp').split('\n')[0];
  await answers(new URL(`http://${address}/platform`));
  const took = performance.now() - began;
  docker('rm', '-f', '-v', id);
  return took;
}

function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

async function answers(url) {
  for (;;) {
    const answer = got(url, { retry: { limit: 0 }, timeout: { request: 5000 } });
    if (await answer.then(() => true).catch(() => false)) return;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function elapsed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
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

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
