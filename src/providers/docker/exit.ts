/** How a container ended, and the wait for it that survives a restart of the daemon. */
import type Docker from 'dockerode';
import { sleep } from '../../lib/wait.js';
import { isNotFound, isUnreachable } from './errors.js';

const INSPECT_TIMEOUT_MS = 15_000;
/** A daemon that was restarted is back within this. */
const AWAY_LIMIT_MS = 60_000;
const RETRY_MS = 500;

export interface ContainerExit {
  /** As it completes "it ended …", e.g. `with exit code 1`. */
  how: string;
  ranOutOfMemory: boolean;
}

/** Resolves when the container no longer runs. Throws the signal's reason, or Docker's error when the daemon stays away. */
export async function watchExit(container: Docker.Container, signal: AbortSignal): Promise<ContainerExit> {
  let lostSince: number | null = null;
  for (;;) {
    try {
      await container.wait({ condition: 'not-running', abortSignal: signal });
      const exit = await readExit(container);
      if (exit) return exit;
      lostSince = null;
    } catch (error) {
      signal.throwIfAborted();
      if (isNotFound(error)) return { how: 'when somebody removed its container', ranOutOfMemory: false };
      lostSince ??= performance.now();
      if (!isUnreachable(error) || performance.now() - lostSince > AWAY_LIMIT_MS) throw error;
      await sleep(RETRY_MS, signal);
    }
  }
}

/** Null while it runs. */
export async function readExit(container: Docker.Container): Promise<ContainerExit | null> {
  const { State } = await container.inspect({ abortSignal: AbortSignal.timeout(INSPECT_TIMEOUT_MS) });
  if (State.Running) return null;
  const { ExitCode, OOMKilled, Error: words } = State;
  // 128 + n is the shell's and Docker's way to say "ended by signal n".
  const signal = ExitCode === 137 ? ' (SIGKILL)' : ExitCode === 143 ? ' (SIGTERM)' : '';
  const memory = OOMKilled ? ', killed because memory ran out' : '';
  return {
    how: `with exit code ${ExitCode}${signal}${memory}${words ? `: ${words}` : ''}`,
    ranOutOfMemory: OOMKilled,
  };
}

/** What fixes it, judged by how it ended and by the last it printed. */
export function fixExit(exit: ContainerExit, lines: readonly string[]): string {
  const log = lines.join('\n');
  if (exit.ranOutOfMemory) return 'give each desktop more: ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE=8G';
  if (/cannot (set up guest|allocate) memory/i.test(log)) {
    return 'the machine has less memory free than the guest wants: run fewer envs, or set ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE=2G';
  }
  if (/no space left on device/i.test(log))
    return 'free some space for Docker: docker system df, then docker system prune';
  if (/System\.qcow2.*permission denied|permission denied.*System\.qcow2/i.test(log)) {
    return 'the container may not read the disk: chmod a+r FILE.qcow2, and with SELinux: sudo chcon -t container_file_t FILE.qcow2';
  }
  if (/not in qcow2 format|image is corrupt|unsupported qcow2/i.test(log)) {
    return 'the disk is damaged: qemu-img check FILE.qcow2; if it is, download it again';
  }
  if (/exec format error/i.test(log)) return "the image is made for another kind of CPU than this machine's";
  if (/(could not access|failed to initialize) kvm|kvm.*(failed|denied)/i.test(log))
    return 'QEMU could not use KVM: see arpo-env doctor';
  return 'its log above says why; for more of it run the image yourself: docker run --rm -it IMAGE';
}

/** The same for a guest that QEMU has stopped without ending. */
export function fixStandstill(words: string): string {
  if (/io-error/.test(words)) return 'free some space for Docker: docker system df, then docker system prune';
  if (/guest-panicked|shutdown|watchdog/.test(words))
    return 'its log above says why; another desktop may work';
  return 'KVM failed under the guest: see arpo-env doctor --deep';
}

const KVM_REFUSAL = /could not access KVM kernel module|failed to initialize kvm|failed to set MSR 0x/i;

/** The line by which a QEMU that ended says that KVM would not have it; null without. */
export function kvmRefusal(lines: readonly string[]): string | null {
  return lines.find((line) => KVM_REFUSAL.test(line)) ?? null;
}
