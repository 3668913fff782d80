/** The SSH handshake: the host's key is checked first, then our keys are offered one by one. */
import type { Socket } from 'node:net';
import type { AnyAuthMethod, Client } from 'ssh2';
import { ArpoEnvError } from '../errors.js';
import { createHostKeyCheck } from './host-key.js';
import type { Identities, Identity } from './identities.js';
import { settle } from './settle.js';
import type { SshTarget } from './target.js';

interface AuthenticateOptions {
  signal: AbortSignal;
  keepaliveMs: number;
  onAuthenticating: () => void;
}

/** Throws E_TUNNEL_HOST_KEY, E_TUNNEL_AUTH with what became of each key, or E_TUNNEL_HOST when the handshake fails. */
export async function authenticate(
  client: Client,
  socket: Socket,
  target: SshTarget,
  identities: Identities,
  { signal, keepaliveMs, onAuthenticating }: AuthenticateOptions,
): Promise<void> {
  const hostKey = await createHostKeyCheck(target);
  const offering = new Offering(identities.offers, target.user);
  let refusedHost: unknown;
  try {
    await settle<void>({ signals: [signal] }, (resolve, reject) => {
      client.once('ready', resolve);
      client.once('close', () => reject(new Error('the server closed the connection')));
      client.on('error', (error) => {
        // ssh2 reports a key that could not sign and goes on to the next one.
        if (error.level === 'agent' && offering.started) offering.remark = error.message;
        else reject(error);
      });
      client.connect({
        sock: socket,
        username: target.user,
        readyTimeout: target.connectTimeoutMs,
        // Pings go out at this rate; whether anything comes back is judged by all traffic, in liveness.ts.
        keepaliveInterval: keepaliveMs,
        keepaliveCountMax: Number.POSITIVE_INFINITY,
        ...(hostKey.algorithms ? { algorithms: { serverHostKey: hostKey.algorithms } } : {}),
        hostVerifier: (key: Buffer, verdict: (valid: boolean) => void) => {
          hostKey.verify(key).then(
            () => {
              onAuthenticating();
              verdict(true);
            },
            (error: unknown) => {
              refusedHost = error;
              verdict(false);
            },
          );
        },
        authHandler: (methodsLeft, partialSuccess) => offering.next(methodsLeft, partialSuccess),
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw refusedHost ?? handshakeError(target, identities, offering, error as Error & { code?: unknown });
  }
}

/** Hands ssh2 the next key when the last one was refused, and keeps the account of it. */
class Offering {
  readonly outcomes: string[] = [];
  /** What ssh2 had to say about the key that is being offered. */
  remark: string | null = null;
  /** What the server would accept, once it has said so. */
  methods: readonly string[] = [];
  private index = -1;

  constructor(
    private readonly offers: readonly Identity[],
    private readonly username: string,
  ) {}

  get started(): boolean {
    return this.index >= 0;
  }

  next(methodsLeft: readonly string[] | null, partialSuccess: boolean | null): AnyAuthMethod | false {
    this.methods = methodsLeft ?? this.methods;
    const last = this.offers[this.index];
    if (last)
      this.outcomes.push(
        `${last.label}: ${this.remark ?? (partialSuccess ? 'accepted, but not enough' : 'refused')}`,
      );
    this.remark = null;
    this.index += 1;
    const offer = this.offers[this.index];
    if (offer?.agent) return { type: 'agent', username: this.username, agent: offer.agent };
    if (offer?.privateKey) return { type: 'publickey', username: this.username, key: offer.privateKey };
    return false;
  }
}

function handshakeError(
  target: SshTarget,
  identities: Identities,
  offering: Offering,
  error: Error & { code?: unknown; level?: string },
): ArpoEnvError {
  // A number is the reason of the server's own DISCONNECT message, e.g. "Too many authentication failures".
  const disconnected = typeof error.code === 'number';
  if (offering.started && (disconnected || error.level === 'client-authentication')) {
    return authError(target, identities, offering, disconnected ? error.message : null);
  }
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_HOST',
      message: `the SSH handshake with ${target.host}:${target.port} failed: ${error.message}`,
      hint: `check that an SSH server listens there: ssh -v -p ${target.port} ${target.user}@${target.host}`,
    },
    { cause: error },
  );
}

function authError(
  target: SshTarget,
  identities: Identities,
  offering: Offering,
  said: string | null,
): ArpoEnvError {
  const account = [
    ...offering.outcomes,
    ...identities.passedOver,
    ...(said ? [`the server said: ${said}`] : []),
  ];
  const others = offering.methods.filter((method) => method !== 'publickey');
  const takesKeys = offering.methods.length === 0 || offering.methods.includes('publickey');
  return new ArpoEnvError({
    code: 'E_TUNNEL_AUTH',
    message: `${target.name} accepts no key for user ${target.user} (${account.join('; ') || 'there was none to offer'})`,
    hint: takesKeys
      ? `install your key there: ssh-copy-id -p ${target.port} ${target.user}@${target.host} — or name the right one with --identity`
      : `the server takes only ${others.join(', ')}: ask its administrator to accept public keys for ${target.user}`,
  });
}
