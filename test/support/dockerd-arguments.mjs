/** How a Docker daemon of our own is started, next to the machine's. Plain JavaScript, because the benches use it without a build. */
import { join } from 'node:path';

/** A folder of this name in the machine's temporary folder is kept between runs: images are big and take minutes to make. */
export const DATA_ROOT_NAME = 'arpo-env-e2e-docker';

/** `folder` holds all of it but the data root, and goes with the daemon. */
export function dockerdArguments(folder, dataRoot) {
  const socket = join(folder, 'docker.sock');
  const paths = ['--data-root', dataRoot, '--exec-root', join(folder, 'exec')];
  return { socket, args: [...paths, '--pidfile', join(folder, 'pid'), '-H', `unix://${socket}`] };
}
