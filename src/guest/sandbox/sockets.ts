/**
 * The Unix sockets that an agent listens on, held by their inodes. A path into a desktop is the desktop's to change: a
 * link put there would lead this process to another program's socket.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { GuestError } from '../machine.js';

/** open(2): Linux on all that Node runs on; Node names it nowhere. */
const O_PATH = 0o10000000;

export interface HeldSocket extends AsyncDisposable {
  /** Leads to that very socket, wherever its path leads by now. Throws GuestError once it is let go: then this may be another's. */
  readonly path: string;
}

/** To be called while nothing but the agent has run there. Throws GuestError for what is not a socket. */
export async function holdSocket(path: string): Promise<HeldSocket> {
  const handle = await open(path, O_PATH | constants.O_NOFOLLOW);
  try {
    if (!(await handle.stat()).isSocket()) throw new GuestError(`${path} is not a socket`);
    return held(handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function held(handle: FileHandle): HeldSocket {
  const path = `/proc/self/fd/${handle.fd}`;
  let isHeld = true;
  return {
    get path() {
      if (!isHeld) throw new GuestError('this desktop is gone');
      return path;
    },
    async [Symbol.asyncDispose]() {
      isHeld = false;
      await handle.close();
    },
  };
}
