import { expect, it } from 'vitest';
import { World } from '../world.js';

const NO_DAEMON =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
const DENIED =
  'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock';

/** What `docker info --format '{{json .}}'` of each client prints when it reaches no daemon. */
const older = (words: string) => ({ exitCode: 0, stdout: JSON.stringify({ ServerErrors: [words] }) });
const newer = (words: string) => ({
  exitCode: 1,
  stdout: JSON.stringify({ ID: '', ServerVersion: '', DockerRootDir: '', MemTotal: 0, NCPU: 0 }),
  stderr: `${words}\n`,
});
const newest = (words: string) => ({ exitCode: 1, stdout: '', stderr: `${words}\n` });

it.each([
  ['20.10', older(NO_DAEMON), 'docker.daemon', NO_DAEMON],
  ['28', newer(NO_DAEMON), 'docker.daemon', NO_DAEMON],
  ['20.10', older(DENIED), 'docker.permission', DENIED],
  ['28', newer(DENIED), 'docker.permission', DENIED],
  [
    '29',
    newest(
      'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct',
    ),
    'docker.daemon',
    'failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct',
  ],
])('client %s: %o', async (_client, answer, check, seen) => {
  const world = new World();
  world.programs.docker = ([command]) => (command === 'info' ? answer : { exitCode: 1 });
  world.files['/etc/group'] = 'docker:x:999:\n';
  expect((await world.examine()).verdict).toMatchObject({ check: { id: check }, trouble: { seen } });
});
