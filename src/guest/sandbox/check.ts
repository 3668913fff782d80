/** Whether there can be a sandbox on this machine: one is made and left again; and if not, what to do. */
import { existsSync } from 'node:fs';
import { access, constants, readFile } from 'node:fs/promises';
import type { Problem } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { startSandbox } from './sandbox.js';
import { TUN } from './tun.js';

const CHECK_LIMIT_MS = 15_000;
const CODE = 'E_PROVIDER_UNAVAILABLE';
/** As Ubuntu's own profiles for the programs that it lets make user namespaces (apparmor.d(5)). */
const PROFILE =
  'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n';

/**
 * Empty when all is well; the programs must be there. Never throws. `unconfined` is the command that does without a sandbox:
 * the fix where the machine is one itself, and where nothing else is known to help.
 */
export async function sandboxProblems(unconfined: string): Promise<Problem[]> {
  const tun = await tunProblem(unconfined);
  if (tun) return [tun];
  try {
    await using sandbox = await startSandbox({
      program: ['true'],
      env: { PATH: process.env.PATH },
      mounts: [],
      memory: 2 ** 24,
      onStderr: async () => undefined,
      signal: AbortSignal.timeout(CHECK_LIMIT_MS),
    });
    await sandbox.ended;
    return [];
  } catch (error) {
    return [await explained(messageOf(error), unconfined)];
  }
}

async function tunProblem(unconfined: string): Promise<Problem | null> {
  if (!existsSync(TUN)) {
    const message = `desktops need ${TUN} for a network of their own, and this machine has none`;
    return inContainer() ? inside(message, unconfined) : { code: CODE, message, fix: 'sudo modprobe tun' };
  }
  const isOpen = await access(TUN, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (isOpen) return null;
  const message = `desktops need ${TUN} for a network of their own, and this user may not open it`;
  return { code: CODE, message, fix: `sudo chmod 0666 ${TUN}` };
}

async function explained(said: string, unconfined: string): Promise<Problem> {
  const message = `desktops can have no sandbox on this machine: ${said}`;
  if (inContainer()) return inside(message, unconfined);
  const fix = await settingToChange();
  if (fix !== null) return { code: CODE, message, fix };
  const warned = `${message}; without one, what a model does there it can do to this user's files`;
  return { code: CODE, message: warned, fix: unconfined };
}

/** A container keeps what runs in it from the machine, though not from what else is in it. */
function inside(message: string, unconfined: string): Problem {
  const known = `${message}; but it is a container, which is a sandbox by itself`;
  return { code: CODE, message: known, fix: unconfined };
}

async function settingToChange(): Promise<string | null> {
  if ((await setting('kernel/apparmor_restrict_unprivileged_userns')) === '1') {
    return `printf '${PROFILE}' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`;
  }
  if ((await setting('kernel/unprivileged_userns_clone')) === '0') {
    return 'sudo sysctl -w kernel.unprivileged_userns_clone=1';
  }
  if ((await setting('user/max_user_namespaces')) === '0') {
    return 'sudo sysctl -w user.max_user_namespaces=15000';
  }
  return null;
}

async function setting(name: string): Promise<string | null> {
  return readFile(`/proc/sys/${name}`, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

function inContainer(): boolean {
  // Docker's, Podman's, and what every container of Kubernetes has, whatever runs it.
  const marks = ['/.dockerenv', '/run/.containerenv', '/var/run/secrets/kubernetes.io'];
  return marks.some((path) => existsSync(path));
}
