/**
 * RSA keys that sign with SHA-512 (RFC 8332), as ssh's do wherever the server knows it. ssh2 goes by SHA-256 alone then, which servers
 * that follow a guide to hardening may not take.
 */
import { BaseAgent, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

export const RSA_SHA512 = 'rsa-sha2-512';

export function isRsa(key: ParsedKey | null): key is ParsedKey {
  return key?.type === 'ssh-rsa';
}

/** The same key under the name of the algorithm: ssh2 asks for what a key is called, except for `ssh-rsa`. */
export function withSha512(key: ParsedKey): ParsedKey {
  return Object.create(key, {
    type: { value: RSA_SHA512 },
    sign: { value: (data: Buffer) => key.sign(data, 'sha512') },
  });
}

/** An agent with one RSA key. */
export class Sha512Agent extends BaseAgent<ParsedKey> {
  readonly #agent: BaseAgent;
  readonly #key: ParsedKey;

  constructor(agent: BaseAgent, key: ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, [withSha512(this.#key)]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    ...rest: [SigningRequestOptions | SignCallback, SignCallback?]
  ): void {
    const [options, callback] = rest;
    this.#agent.sign(this.#key, data, { hash: 'sha512' }, typeof options === 'function' ? options : callback);
  }
}
