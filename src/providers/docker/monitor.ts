/** QEMU's monitor inside a desktop's container, where its image has one: asked about a guest that says nothing. */
import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { sleep } from '../../lib/wait.js';

/** Images of the qemus/qemu family put it there; bash opens the connection, since no other client need be in the image. */
const SCRIPT = `exec 3<>/dev/tcp/localhost/7100 && echo 'info status' >&3 && timeout 2 sed '/VM status/q' <&3`;
const REQUEST_TIMEOUT_MS = 15_000;
/** A console that says nothing for so long is asked about, and then ever more rarely: a desktop at rest is silent too. */
const FIRST_SILENCE_MS = 10_000;

const UNKNOWN = 'unknown';

/** States in which QEMU keeps a guest that it cannot run on. */
const STOPPED = /^paused \((internal-error|io-error|guest-panicked|shutdown|watchdog)\)$/;

export interface SilenceOptions {
  /** `performance.now()` of the console's last line. */
  lastLineAt: () => number;
  signal: AbortSignal;
  /** Default: 10 s. */
  firstSilenceMs?: number | undefined;
}

/** Resolves with the state, e.g. `paused (internal-error)`, in which QEMU stopped the guest. Throws the signal's reason. */
export async function watchSilence(
  container: Docker.Container,
  { lastLineAt, signal, firstSilenceMs = FIRST_SILENCE_MS }: SilenceOptions,
): Promise<string> {
  let seen = lastLineAt();
  for (let silenceMs = firstSilenceMs; ; silenceMs *= 2) {
    while (performance.now() - lastLineAt() < silenceMs) {
      await sleep(lastLineAt() + silenceMs - performance.now(), signal);
      if (lastLineAt() !== seen) silenceMs = firstSilenceMs;
      seen = lastLineAt();
    }
    const state = await askMonitor(container);
    signal.throwIfAborted();
    if (STOPPED.test(state)) return state;
  }
}

/** `unknown` where there is no monitor, or none yet, and where Docker does not let it be asked just now. */
async function askMonitor(container: Docker.Container): Promise<string> {
  try {
    const abortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const exec = await container.exec({
      Cmd: ['bash', '-c', SCRIPT],
      AttachStdout: true,
      AttachStderr: false,
      abortSignal,
    });
    const framed = await exec.start({ abortSignal });
    const answer = new PassThrough();
    container.modem.demuxStream(framed, answer, answer);
    framed.once('end', () => answer.end()).once('error', () => answer.end());
    let text = '';
    for await (const chunk of answer) text += chunk;
    return /VM status: (\w+(?: \([\w-]+\))?)/.exec(text)?.[1] ?? UNKNOWN;
  } catch {
    return UNKNOWN; // a container that is paused or gone, or a daemon that is away: those are others' to tell
  }
}
