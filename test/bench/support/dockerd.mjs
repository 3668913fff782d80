/** The Docker daemon of a bench: the machine's own where it answers, else one that is started for the bench. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DATA_ROOT_NAME, dockerdArguments } from '../../support/dockerd-arguments.mjs';
import { atEnd, findProgram, folder, stop } from './bench.mjs';
import { run, startProgram } from './processes.mjs';

const START_LIMIT_MS = 60_000;

/** True when one was started: then DOCKER_HOST names it, it has no containers, and it ends with the bench. */
export async function startDockerd() {
  if (await answers()) return false;
  const dockerd = findProgram('dockerd');
  if (process.getuid?.() !== 0 || dockerd === undefined)
    stop('no Docker daemon answers, and none can be started here', 'sudo systemctl start docker');
  const own = join(folder, 'docker');
  const dataRoot = join(dirname(folder), DATA_ROOT_NAME);
  for (const path of [own, dataRoot]) mkdirSync(path, { recursive: true });
  const { socket, args } = dockerdArguments(own, dataRoot);
  process.env.DOCKER_HOST = `unix://${socket}`;
  process.env.DOCKER_CONFIG = own;
  delete process.env.DOCKER_CONTEXT;
  atEnd('sh', '-c', 'ip link delete docker0 2>/dev/null || true');
  const file = join(own, 'log');
  const log = openSync(file, 'a');
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const program = startProgram(dockerd, args, { stdio: ['ignore', log, log], env, detached: true });
  closeSync(log);
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await answers())) {
    if (program.hasEnded() || performance.now() > deadline) {
      const said = readFileSync(file, 'utf8').trim().split('\n').at(-1);
      stop(`dockerd did not come up: ${said}`, `see that no other daemon uses ${dataRoot}`);
    }
    await delay(100);
  }
  // A run that was killed may have left some in the data root.
  const left = (await run('docker', 'ps', '--all', '--quiet')).split('\n').filter(Boolean);
  if (left.length > 0) await run('docker', 'rm', '--force', '--volumes', ...left);
  return true;
}

function answers() {
  return run('docker', 'version').then(
    () => true,
    () => false,
  );
}
