/** The SSH handshake: the host's key is checked first, then the login. */
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { ArpoEnvError } from '../../errors.js';
import { hostAndPort } from '../../lib/addresses.js';
import { messageOf } from '../../lib/errno.js';
import { onAbort, settle } from '../../lib/wait.js';
import { pastedSsh, pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import type { Person } from '../person.js';
import { Banner } from './banner.js';
import { createHostKeyCheck } from './host-key.js';
import { type Identities, loadIdentities } from './identities.js';
import { Login, LoginRefused } from './login.js';
import { loginError } from './login-error.js';
import { knowsRsaSha512, NOTHING_YET, nothingInCommon, type Proposal, watchProposal } from './negotiation.js';
import { handshakeMs, Patience } from './patience.js';
import { RSA_SHA512 } from './rsa.js';
import { Secrets } from './secrets.js';
import { TimeLimit } from './time-limit.js';

export interface AuthenticateOptions {
  signal: AbortSignal;
  keepaliveMs: number;
  person: Person;
  onAuthenticating: () => void;
}

/** Throws E_SSH_HOST_KEY, E_SSH_KEY_FILE, E_SSH_AUTH with the result of each attempt, or E_SSH_HOST when the handshake fails. */
export async function authenticate(
  client: Client,
  stream: Duplex,
  target: SshTarget,
  { signal, keepaliveMs, person, onAuthenticating }: AuthenticateOptions,
): Promise<void> {
  const over = new AbortController();
  const fail = (error: unknown) => over.abort(error);
  using timeLimit = new TimeLimit(handshakeMs(target, person), (limitMs) =>
    fail(new Error(`no answer within ${limitMs / 1000} s`)),
  );
  using banner = new Banner(target, person);
  const secrets = new Secrets({ target, person, timeLimit, signal: over.signal, onAsk: () => banner.show() });
  const identities = await loadIdentities(target, secrets.canAsk, signal);
  const hostKey = await createHostKeyCheck(target, secrets, (message) => person.tell(message));
  let accepted: Buffer | null = null;
  let patience: Patience | null = null;
  let proposal: () => Proposal = () => NOTHING_YET;
  const login = new Login({
    target,
    offers: identities.offers,
    secrets,
    usesSha512: () => mayUse(target, RSA_SHA512) && knowsRsaSha512(proposal()),
    onDeclined: fail,
  });
  const { kex, ciphers, macs } = target.algorithms;
  using _listener = onAbort(signal, fail);
  try {
    await settle<void>({ signals: [signal, over.signal] }, (resolve) => {
      client.once('ready', resolve);
      client.on('banner', (text) => banner.add(text));
      client.once('close', () =>
        fail(timeLimit.paused ? new TooLate() : new Error('the server closed the connection')),
      );
      client.on('error', (error) => {
        // ssh2 reports a key that could not sign and goes on to the next one.
        if (error.level === 'agent' && login.started) login.remark = error.message;
        else fail(error);
      });
      // It was closed while keys and known hosts were read: ssh2 would not hear of that any more.
      if (stream.destroyed) return fail(stream.errored ?? new Error('the server closed the connection'));
      timeLimit.start();
      client.connect({
        sock: stream,
        username: target.user,
        readyTimeout: 0, // it would run on while a person is asked
        // Pings go out at this rate; whether anything comes back is judged by all traffic, in liveness.ts.
        keepaliveInterval: keepaliveMs,
        keepaliveCountMax: Number.POSITIVE_INFINITY,
        algorithms: {
          ...(hostKey.algorithms && { serverHostKey: hostKey.algorithms }),
          ...(kex && { kex }),
          ...(ciphers && { cipher: ciphers }),
          ...(macs && { hmac: macs }),
        },
        hostVerifier: (key: Buffer, verdict: (valid: boolean) => void) => {
          // At each re-key ssh2 asks again, and goes on with the stream before an answer that comes later.
          if (accepted !== null)
            return accepted.equals(key) ? verdict(true) : void stream.destroy(otherKey());
          hostKey.verify(key).then(
            () => {
              accepted = key;
              onAuthenticating();
              verdict(true);
            },
            (error: unknown) => {
              fail(error);
              verdict(false);
            },
          );
        },
        authHandler: (methodsLeft, partialSuccess, next) => {
          login.next(methodsLeft, partialSuccess).then((method) => {
            if (method === null) return fail(new LoginRefused(''));
            patience ??= new Patience(target, person);
            timeLimit.start(patience.limitMs);
            next(method);
          }, fail);
        },
      });
      proposal = watchProposal(stream);
    });
    secrets.succeeded();
    (patience as Patience | null)?.succeeded();
  } catch (error) {
    signal.throwIfAborted();
    const nothing = error instanceof Error ? nothingInCommon(target, error, proposal()) : null;
    throw (
      nothing ??
      handshakeError(target, identities, login, {
        error,
        wasSlow: (patience as Patience | null)?.wasSlow ?? false,
        words: banner.lastWords || proposal().words,
      })
    );
  } finally {
    over.abort(); // ends a question that is still open
  }
}

/** ssh_config(5), PubkeyAcceptedAlgorithms. */
function mayUse({ acceptedKeys }: SshTarget, algorithm: string): boolean {
  return acceptedKeys === null || acceptedKeys.includes(algorithm);
}

function otherKey(): Error {
  return new Error('at a re-key the server showed another host key than before');
}

/** PACKET_MAX_SIZE of its packet.c; RFC 4253 §6.1 asks for 35,000, which is all that ssh2 takes. */
const MOST_BYTES_IN_OPENSSH = 256 * 1024;

class TooLate extends LoginRefused {
  constructor() {
    super('the server closed the connection before the question was answered');
  }
}

function handshakeError(
  target: SshTarget,
  identities: Identities,
  login: Login,
  { error, wasSlow, words }: { error: unknown; wasSlow: boolean; words: string },
): ArpoEnvError {
  if (error instanceof ArpoEnvError) return error;
  const said = words === '' ? [] : [`it says: ${words}`];
  const refused = (message: string) =>
    loginError(target, login, identities, [...(message ? [message] : []), ...said]);
  if (error instanceof LoginRefused) return refused(error.message);
  // A number is the reason of the server's own DISCONNECT message, e.g. "Too many authentication failures".
  if (login.started && error instanceof Error && 'code' in error && typeof error.code === 'number')
    return refused(`the server said: ${error.message}`);
  if (wasSlow && login.pending !== null) return refused(`${login.pending}: ${messageOf(error)}`);
  const [, bytes] = /^Bad packet length: (\d+)$/.exec(messageOf(error)) ?? [];
  const isLong = Number(bytes) <= MOST_BYTES_IN_OPENSSH;
  return new ArpoEnvError(
    {
      code: 'E_SSH_HOST',
      message: `the SSH ${login.pending === null ? 'handshake with' : 'login to'} ${hostAndPort(target.host, target.port)} failed: ${[messageOf(error), ...said].join('; ')}`,
      fix: isLong
        ? `use the system's ssh, which reads packets of that length (a banner of more than 35,000 bytes is one): ${pastedTunnel(target.destination, ['--transport', 'openssh'])}`
        : `${login.pending === null && words === '' ? 'check that an SSH server listens there' : 'see how far ssh gets'}: ${pastedSsh(target.destination, [], ['-v'])}`,
    },
    { cause: error },
  );
}
