/** What keeps the docker provider from working here, each with its fix. */
import { ArpoEnvError, type Problem } from '../../errors.js';
import { isLoopback } from '../../lib/addresses.js';
import type { DesktopSettings } from './container-options.js';
import { connectDaemon, type Daemon, within } from './daemon.js';
import { findDaemon } from './daemon-address.js';
import { displayAddress, dockerError } from './errors.js';
import type { DesktopImage } from './image.js';
import { checkQcow2 } from './qcow2.js';

export interface Machine {
  daemon: Daemon;
  /** What the daemon is known by, and the release of its machine's kernel. */
  id: string;
  kernel: string;
  cores: number;
  /** Bytes. */
  memory: number;
}

/** Of `GET /info`; what is optional here is only compared. */
interface DaemonInfo {
  ID?: string;
  KernelVersion?: string;
  NCPU: number;
  MemTotal: number;
}

/** Docker Engine 20.10: the first with everything that is asked of it here. */
const OLDEST_API = '1.41';
const OLDEST_ENGINE = '20.10';
const REQUEST_TIMEOUT_MS = 15_000;

/** The daemon, asked for its version and its machine. Throws E_DOCKER when it cannot be used. */
export async function findMachine(env: NodeJS.ProcessEnv): Promise<Machine> {
  const address = await findDaemon(env);
  const daemon = await connectDaemon(address);
  try {
    const answers = Promise.all([daemon.api.version(), daemon.api.info()]);
    const [version, info] = await within(REQUEST_TIMEOUT_MS, answers);
    if (!isAtLeast(version.ApiVersion, OLDEST_API)) {
      throw new ArpoEnvError({
        code: 'E_DOCKER',
        message: `Docker at ${displayAddress(address)} is ${version.Version} with API ${version.ApiVersion}; API ${OLDEST_API} is needed`,
        fix: `upgrade it to Docker Engine ${OLDEST_ENGINE} or newer`,
      });
    }
    const { ID, KernelVersion, NCPU, MemTotal } = info as DaemonInfo;
    return { daemon, id: ID ?? '', kernel: KernelVersion ?? '', cores: NCPU, memory: MemTotal };
  } catch (error) {
    throw await dockerError(error, { address, doing: 'be asked for its version' });
  }
}

/** Everything else that can be known before a start, in the order in which it is best fixed. */
export async function findProblems(
  machine: Machine,
  name: string,
  image: DesktopImage | null,
  settings: DesktopSettings,
): Promise<Problem[]> {
  const checks = [
    checkReach(machine.daemon, settings),
    await checkDisk(machine.daemon, image, name, settings),
  ];
  if (image && !image.isContainerDesktop) checks.push(checkMemory(machine, settings));
  return checks.filter((problem) => problem !== null);
}

/** Desktops of a daemon elsewhere are on its loopback: only SSH leads there. */
function checkReach({ isLocal, ssh, address }: Daemon, { publishAddress }: DesktopSettings): Problem | null {
  if (isLocal || ssh || !isLoopback(publishAddress)) return null;
  const { hostname } = address.url;
  return {
    code: 'E_DOCKER',
    message: `Docker is at ${displayAddress(address)}, and its desktops would be published on that machine's ${publishAddress}, which cannot be reached from here`,
    fix: `use DOCKER_HOST=ssh://user@${hostname}, which brings the desktops' ports here as well; or, where nobody else reaches that network, ARPO_ENV_PROVIDERS_DOCKER_PUBLISH_ADDRESS=${hostname}`,
  };
}

/** On a daemon elsewhere the disk lies where it cannot be looked at; the daemon will say when it is not there. */
async function checkDisk(
  daemon: Daemon,
  image: DesktopImage | null,
  name: string,
  { qcow2 }: DesktopSettings,
) {
  const isVm = image ? !image.isContainerDesktop : qcow2 !== undefined || /osworld-docker/.test(name);
  if (!isVm || (qcow2 && !daemon.isLocal)) return null;
  return checkQcow2(qcow2, name);
}

function checkMemory({ memory }: Machine, { ramSize }: DesktopSettings): Problem | null {
  if (memory >= ramSize) return null;
  const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`;
  return {
    code: 'E_OUT_OF_MEMORY',
    message: `Docker's machine has ${gigabytes(memory)} of memory, and each guest is given ${gigabytes(ramSize)}`,
    fix: 'give each desktop less, e.g. ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE=2G (Docker Desktop: Settings → Resources gives it more)',
  };
}

function isAtLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
