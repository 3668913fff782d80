/** The ssh-agent: which keys it holds, and one of them at a time as something to authenticate with. */
import { BaseAgent, createAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { parseKey } from './key-file.js';
import { settle } from './settle.js';

const TIMEOUT_MS = 5000;

/** Rejects when the agent does not answer. Keys of kinds that ssh2 does not know (FIDO, certificates) are left out. */
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

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [this.key]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === 'function') this.agent.sign(key, data, options);
    else this.agent.sign(key, data, options, callback);
  }
}
