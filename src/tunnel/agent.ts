/** The ssh-agent: which keys it holds, and one of them at a time as something to authenticate with. */
import { BaseAgent, createAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { parseKey } from './key-file.js';
import { settle } from './settle.js';

const TIMEOUT_MS = 5000;

/** Rejects when the agent does not answer. Keys of kinds that ssh2 does not know (FIDO, certificates) are left out by it. */
export async function listAgentKeys(
  socketPath: string,
  signal: AbortSignal,
): Promise<{ key: ParsedKey; agent: BaseAgent }[]> {
  const agent = createAgent(socketPath);
  const entries = await settle<unknown[]>({ signals: [signal], timeoutMs: TIMEOUT_MS }, (resolve, reject) => {
    agent.getIdentities((error, keys = []) => (error ? reject(error) : resolve(keys)));
  });
  return entries
    .map((entry) => parseKey(entry as ParsedKey))
    .filter((key): key is ParsedKey => !(key instanceof Error))
    .map((key) => ({ key, agent: new SingleKeyAgent(agent, key) }));
}

/** ssh2 offers all keys of an agent as one method; one by one, each refusal can be told to the user. */
class SingleKeyAgent extends BaseAgent<ParsedKey> {
  constructor(
    private readonly agent: BaseAgent,
    private readonly key: ParsedKey,
  ) {
    super();
  }

  override getIdentities(callback: IdentitiesCallback): void {
    callback(undefined, [this.key]);
  }

  override sign(key: ParsedKey, data: Buffer, ...rest: SignArguments): void {
    const { options, callback } = signArguments(rest);
    this.agent.sign(key, data, options, callback);
  }
}

/** A key that is only at hand when it is needed: the server is asked first whether it would accept the key. */
export class LazyKeyAgent extends BaseAgent<ParsedKey> {
  /** `unlock` resolves to the private key, or to null when it cannot be had. */
  constructor(
    private readonly publicKey: ParsedKey,
    private readonly unlock: () => Promise<ParsedKey | null>,
  ) {
    super();
  }

  override getIdentities(callback: IdentitiesCallback): void {
    callback(undefined, [this.publicKey]);
  }

  override sign(_key: ParsedKey, data: Buffer, ...rest: SignArguments): void {
    const { options, callback } = signArguments(rest);
    const signed = this.unlock().then((key) => {
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
