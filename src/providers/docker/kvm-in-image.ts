/** Tries KVM with the QEMU of the desktop's own image: for daemons elsewhere, and for machines without QEMU. */
import { PassThrough, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { NO_QEMU, type QemuRunner, qemuArguments } from '../../host/kvm/boot.js';
import { bootSector } from '../../host/kvm/guest.js';
import { lastWords } from '../../host/kvm/last-words.js';
import { messageOf } from '../../lib/errno.js';
import { onAbort } from '../../lib/wait.js';
import { withoutFrames } from './log-frames.js';
import { removeContainer } from './remove.js';

const REQUEST_TIMEOUT_MS = 15_000;
const BOOT_FILE = '/tmp/arpo-env-boot.img';
/** Where whoever waits for it is dead, it ends all the same. */
const LIMIT_SECONDS = 30;

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
        const message = messageOf(error);
        // The daemon's machine has no such device: that is its answer.
        return /executable file not found/.test(message)
          ? null
          : { stdout: '', stderr: message, end: 'no start' };
      }
      const end = await waitAtMost(api, container, timeoutMs, signal);
      if (end !== null && NO_QEMU.includes(end)) return null;
      const [stdout, stderr] = await Promise.all([read(container, 'stdout'), read(container, 'stderr')]);
      return { stdout, stderr, end: end === null ? null : `exit code ${end}` };
    } finally {
      await removeContainer(container);
    }
  };
}

/** Writes the boot sector and runs QEMU. Everything in it is ours. The end of the shell is the container's. */
function script(): string {
  const octal = [...bootSector()].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const qemu = `qemu-system-x86_64 ${qemuArguments(BOOT_FILE).join(' ')}`;
  const end = `{ sleep ${LIMIT_SECONDS}; kill -KILL $qemu; } &`;
  return `printf '${octal}' > ${BOOT_FILE} && { ${qemu} & qemu=$!; ${end} wait $qemu; }`;
}

/** The exit code; null when the container still ran at the end of the time, or QEMU said its last words. */
async function waitAtMost(
  api: Docker,
  container: Docker.Container,
  ms: number,
  signal: AbortSignal,
): Promise<number | null> {
  const deadline = AbortSignal.timeout(ms);
  const settled = new AbortController();
  const abortSignal = AbortSignal.any([signal, deadline, settled.signal]);
  try {
    const ended = container.wait({ abortSignal }).then(({ StatusCode }) => StatusCode as number);
    return await Promise.race([ended, heardLastWords(api, container, abortSignal).then(() => null)]);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return null;
    throw error;
  } finally {
    settled.abort();
  }
}

/** Resolves when QEMU's error stream has them; never without. */
async function heardLastWords(api: Docker, container: Docker.Container, abortSignal: AbortSignal) {
  const framed = await container.logs({ follow: true, stderr: true, abortSignal });
  const stderr = new PassThrough();
  api.modem.demuxStream(framed, stderr, stderr);
  onAbort(abortSignal, () => (framed as Readable).destroy());
  framed.on('error', () => undefined); // the wait next to this one says what happened to the daemon
  return new Promise<void>((resolve) => {
    let heard = '';
    stderr.on('data', (chunk: Buffer) => {
      heard += chunk;
      if (lastWords(heard.split('\n')) !== null) resolve();
    });
  });
}

async function read(container: Docker.Container, stream: 'stdout' | 'stderr'): Promise<string> {
  const abortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  return withoutFrames(await container.logs({ follow: false, [stream]: true, tail: 50, abortSignal }));
}
