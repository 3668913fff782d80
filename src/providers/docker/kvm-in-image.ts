/** Tries KVM with the QEMU of the desktop's own image: for daemons elsewhere, and for machines without QEMU. */
import type Docker from 'dockerode';
import { BOOT_SECTOR, type QemuRunner, qemuArguments } from '../../host/kvm/boot.js';
import { withoutFrames } from './log-frames.js';
import { removeContainer } from './remove.js';

const REQUEST_TIMEOUT_MS = 15_000;
const BOOT_FILE = '/tmp/arpo-env-boot.img';
/** Exit codes of a shell whose command is not there or may not be run. */
const NO_QEMU = [126, 127];

export function runInImage(api: Docker, image: string, labels: Record<string, string>): QemuRunner {
  return async ({ timeoutMs, signal }) => {
    const container = await api.createContainer({
      Image: image,
      Labels: labels,
      Entrypoint: ['sh', '-c', script()],
      Cmd: [],
      HostConfig: {
        Devices: [{ PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rwm' }],
        NetworkMode: 'none',
      },
    });
    try {
      try {
        await container.start({ abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      } catch (error) {
        const { message } = error as Error;
        // The daemon's machine has no such device: that is its answer.
        return /executable file not found/.test(message)
          ? null
          : { stdout: '', stderr: message, end: 'no start' };
      }
      const end = await waitAtMost(container, timeoutMs, signal);
      if (end !== null && NO_QEMU.includes(end)) return null;
      const [stdout, stderr] = await Promise.all([read(container, 'stdout'), read(container, 'stderr')]);
      return { stdout, stderr, end: end === null ? null : `exit code ${end}` };
    } finally {
      await removeContainer(container);
    }
  };
}

/** Writes the boot sector, then becomes QEMU. Everything in it is ours. */
function script(): string {
  const octal = [...BOOT_SECTOR].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return `printf '${octal}' > ${BOOT_FILE} && exec qemu-system-x86_64 ${qemuArguments(BOOT_FILE).join(' ')}`;
}

/** The exit code; null when the container still ran at the end of the time. */
async function waitAtMost(
  container: Docker.Container,
  ms: number,
  signal: AbortSignal,
): Promise<number | null> {
  const deadline = AbortSignal.timeout(ms);
  try {
    const { StatusCode } = await container.wait({ abortSignal: AbortSignal.any([signal, deadline]) });
    return StatusCode as number;
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return null;
    throw error;
  }
}

async function read(container: Docker.Container, stream: 'stdout' | 'stderr'): Promise<string> {
  const abortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  return withoutFrames(await container.logs({ follow: false, [stream]: true, tail: 50, abortSignal }));
}
