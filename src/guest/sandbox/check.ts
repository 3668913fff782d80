/** Whether there can be a sandbox on this machine: one is made and left again; and if not, what to do. */
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import type { Problem } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { startSandbox } from './sandbox.js';
import { TUN } from './tun.js';
import { inContainer, inside, whyNoSandbox } from './why-not.js';

const CHECK_LIMIT_MS = 15_000;
const CODE = 'E_PROVIDER_UNAVAILABLE';
const WORDS = { who: 'desktops', danger: "what a model does there it can do to this user's files" };

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
    return [{ code: CODE, ...(await whyNoSandbox(messageOf(error), WORDS, unconfined)) }];
  }
}

async function tunProblem(unconfined: string): Promise<Problem | null> {
  if (!existsSync(TUN)) {
    const message = `desktops need ${TUN} for a network of their own, and this machine has none`;
    return {
      code: CODE,
      ...(inContainer() ? inside(message, unconfined) : { message, fix: 'sudo modprobe tun' }),
    };
  }
  const isOpen = await access(TUN, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (isOpen) return null;
  const message = `desktops need ${TUN} for a network of their own, and this user may not open it`;
  return { code: CODE, message, fix: `sudo chmod 0666 ${TUN}` };
}
