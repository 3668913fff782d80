/** How long a login may take, for both SSH clients. */
import type { SshTarget } from '../host/target.js';
import type { Person } from '../person.js';
import { loginName } from './secrets.js';

/**
 * A key may wait for a touch, PAM for a slow directory or for a push to the telephone to be confirmed. The server ends it: this is
 * a little more than sshd's own limit (sshd_config(5), LoginGraceTime).
 */
const LOGIN_MS = 130_000;
/** For a host that was quick the last time: an agent may still want a touch or a click. */
const QUICK_LOGIN_MS = 30_000;
/** What no person and no slow directory had a part in. */
const QUICK_MS = 2000;
/** A login that ends after so long was not cut by the network: somebody, or something there, did not answer. */
const SLOW_MS = 10_000;

/** What a host may take until it is known who it is, of which ssh_config says nothing: ssh itself waits for as long as it takes. */
const QUICK_HANDSHAKE_MS = 10_000;

/**
 * Milliseconds for each step before the login: ConnectTimeout, when it is set. Else a first connection may take long: a ProxyCommand
 * may wait for a job or a machine to start, a server for a name server that does not answer. One that was quick the last time is not slow
 * but cut off.
 */
export function handshakeMs(target: SshTarget, person: Person): number {
  if (target.connectTimeoutIsSet) return target.connectTimeoutMs;
  return person.quick.has(loginName(target)) ? QUICK_HANDSHAKE_MS : LOGIN_MS;
}

/** Made when the login begins. */
export class Patience {
  readonly limitMs: number;
  readonly #began = performance.now();
  readonly #name: string;
  readonly #person: Person | undefined;

  constructor(target: SshTarget, person: Person | undefined) {
    this.#name = loginName(target);
    this.#person = person;
    this.limitMs = this.#isQuick ? QUICK_LOGIN_MS : LOGIN_MS;
  }

  /** After a failure: the next attempt would be another push to somebody's telephone, and so waits as for a person. */
  get wasSlow(): boolean {
    return !this.#isQuick && performance.now() - this.#began >= SLOW_MS;
  }

  succeeded(): void {
    if (performance.now() - this.#began < QUICK_MS) this.#person?.quick.add(this.#name);
    else this.#person?.quick.delete(this.#name);
  }

  get #isQuick(): boolean {
    return this.#person?.quick.has(this.#name) ?? false;
  }
}
