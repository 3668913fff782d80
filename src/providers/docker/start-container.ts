/** Creates and starts one desktop's container; on every path that fails, nothing of it is left. */
import { errno } from '../../lib/errno.js';
import type { Slowness, StartOptions } from '../provider.js';
import { type ContainerRequest, containerOptions } from './container-options.js';
import type { Daemon } from './daemon.js';
import { DockerDesktop } from './desktop.js';
import { publishedEndpoints } from './endpoints.js';
import { dockerError } from './errors.js';
import { LABELS } from './owner.js';
import { removeContainer } from './remove.js';

export interface ContainerStart extends StartOptions, Omit<ContainerRequest, 'useKvm'> {
  daemon: Daemon;
  /** Why the guest's CPU must be emulated; null when there is no VM in it or KVM works. */
  slowness: Slowness | null;
}

/** Docker answers late while it makes several containers at once on a busy machine. */
const REQUEST_TIMEOUT_MS = 120_000;

export async function startContainer(start: ContainerStart): Promise<DockerDesktop> {
  const { daemon, name, image, settings, signal, onProgress, slowness } = start;
  const useKvm = slowness === null && !image.isContainerDesktop;
  const labels = { ...start.labels, [LABELS.desktop]: name };
  const container = daemon.api.getContainer(name);
  let mayExist = true;
  try {
    // A request that is cut off may have been carried out all the same, so the signal is checked between requests.
    const options = containerOptions({ ...start, labels, useKvm });
    await daemon.api.createContainer({ ...options, abortSignal: deadline() }).catch((error: unknown) => {
      mayExist = !wasNeverSent(error);
      throw error;
    });
    signal.throwIfAborted();
    await container.start({ abortSignal: deadline() });
    signal.throwIfAborted();
    const { NetworkSettings } = await container.inspect({ abortSignal: deadline() });
    const { endpoints, forwards } = await publishedEndpoints(
      daemon,
      NetworkSettings.Ports,
      settings.publishAddress,
    );
    const desktop = { daemon, container, name, image, endpoints, forwards, onProgress, slowness, useKvm };
    return new DockerDesktop(desktop);
  } catch (error) {
    if (mayExist) await cleanUp();
    throw error;
  }

  async function cleanUp(): Promise<void> {
    try {
      await removeContainer(container);
    } catch (error) {
      const { message } = await dockerError(error, {
        address: daemon.address,
        doing: `remove desktop ${name}`,
      });
      onProgress({ phase: 'cleaning up', detail: message });
    }
  }
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(REQUEST_TIMEOUT_MS);
}

/** No connection, no container: waiting for the daemon's return in order to remove it would be waiting for nothing. */
function wasNeverSent(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT', 'EACCES'].includes(errno(error) ?? '');
}
