/** Whose a desktop is that outlives its server: this user on this machine, and the server's process. */
import { hostname, userInfo } from 'node:os';
import { pidScope } from './pid-scope.js';

/** `user@host`, and a digest of the scope within which pids mean something. */
export async function ownerName(): Promise<string> {
  return `${userInfo().username}@${hostname()} ${await pidScope()}`;
}
