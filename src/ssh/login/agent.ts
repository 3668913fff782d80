/** The ssh-agent: which keys it holds, and one of them at a time as something to authenticate with. */
import { connect } from 'node:net';
import { BaseAgent, createAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { settle } from '../../lib/wait.js';
import { parseKey } from './key-file.js';

export interface AgentLimits {
  signal: AbortSignal;
  timeoutMs: number;
}

const within = ({ signal, timeoutMs }: AgentLimits) => ({ signals: [signal], timeoutMs });

/** Rejects when the agent does not answer. ssh2 leaves out keys of kinds that it does not know: see listStrangers. */
export async function listAgentKeys(
  socketPath: string,
  limits: AgentLimits,
): Promise<{ key: ParsedKey; agent: BaseAgent }[]> {
  const agent = createAgent(socketPath);
  const entries = await settle<unknown[]>(within(limits), (resolve, reject) => {
    agent.getIdentities((error, keys = []) => (error ? reject(error) : resolve(keys)));
  });
  return entries
    .map((entry) => parseKey(entry as ParsedKey))
    .filter((key): key is ParsedKey => !(key instanceof Error))
    .map((key) => ({ key, agent: new SingleKeyAgent(agent, key) }));
}

/** Keys that ssh2 knows nothing of (FIDO's `sk-…`, certificates), as `kind comment`. Rejects when the agent does not answer. */
export async function listStrangers(socketPath: string, limits: AgentLimits): Promise<string[]> {
  const socket = connect(socketPath);
  try {
    const answer = await settle<Buffer>(within(limits), (resolve, reject) => {
      let received: Buffer = Buffer.alloc(0);
      socket.on('error', reject).once('end', () => reject(new Error('it closed the connection')));
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) resolve(received);
      });
      socket.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES]));
    });
    return parseIdentities(answer)
      .filter(({ blob }) => parseKey(blob) instanceof Error)
      .map(({ blob, comment }) => `${readString(blob, 0)} ${comment}`.trim());
  } finally {
    socket.destroy();
  }
}

/** SSH_AGENTC_REQUEST_IDENTITIES and its answer: length, type, number, then blob and comment of each (draft-miller-ssh-agent §3.5). */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const HEADER_BYTES = 9;

function parseIdentities(answer: Buffer): { blob: Buffer; comment: string }[] {
  if (answer[4] !== IDENTITIES_ANSWER) return [];
  let offset = HEADER_BYTES;
  const next = () => {
    const value = readString(answer, offset);
    offset += 4 + value.length;
    return value;
  };
  return Array.from({ length: answer.readUInt32BE(5) }, () => ({
    blob: next(),
    comment: next().toString('utf8'),
  }));
}

function readString(bytes: Buffer, offset: number): Buffer {
  const start = offset + 4;
  return bytes.subarray(start, start + bytes.readUInt32BE(offset));
}

/** ssh2 offers all keys of an agent as one method; one by one, each refusal can be told to the user. */
class SingleKeyAgent extends BaseAgent<ParsedKey> {
  readonly #agent: BaseAgent;
  readonly #key: ParsedKey;

  constructor(agent: BaseAgent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  override getIdentities(callback: IdentitiesCallback): void {
    callback(undefined, [this.#key]);
  }

  override sign(key: ParsedKey, data: Buffer, ...rest: SignArguments): void {
    const { options, callback } = signArguments(rest);
    this.#agent.sign(key, data, options, callback);
  }
}

/** A key that is only at hand when it is needed: the server is asked first whether it would accept the key. */
export class LazyKeyAgent extends BaseAgent<ParsedKey> {
  readonly #publicKey: ParsedKey;
  readonly #unlock: () => Promise<ParsedKey | null>;

  /** `unlock` resolves to the private key, or to null when it cannot be had. */
  constructor(publicKey: ParsedKey, unlock: () => Promise<ParsedKey | null>) {
    super();
    this.#publicKey = publicKey;
    this.#unlock = unlock;
  }

  override getIdentities(callback: IdentitiesCallback): void {
    callback(undefined, [this.#publicKey]);
  }

  override sign(_key: ParsedKey, data: Buffer, ...rest: SignArguments): void {
    const { options, callback } = signArguments(rest);
    const signed = this.#unlock().then((key) => {
      if (key === null) throw new Error('accepted, but not unlocked');
      return key.sign(data, options.hash);
    });
    signed.then(
      (signature) => callback?.(undefined, signature),
      (error: Error) => callback?.(error),
    );
  }
}

type IdentitiesCallback = (error: Error | undefined, keys?: ParsedKey[]) => void;
type SignArguments = [options: SigningRequestOptions | SignCallback, callback?: SignCallback];

function signArguments([options, callback]: SignArguments): {
  options: SigningRequestOptions;
  callback: SignCallback | undefined;
} {
  return typeof options === 'function' ? { options: {}, callback: options } : { options, callback };
}
