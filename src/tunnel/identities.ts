/** Which keys are offered to the server, in which order, and why others are not. */
import type { BaseAgent, ParsedKey } from 'ssh2';
import { ArpoEnvError } from '../errors.js';
import { listAgentKeys } from './agent.js';
import { encryptedKeyError, type KeyFile, readKeyFile } from './key-file.js';
import { fingerprint } from './known-hosts.js';
import type { SshTarget } from './target.js';

/** One key to offer. */
export interface Identity {
  /** For messages: the file, or the agent's name for the key. */
  label: string;
  publicKey: ParsedKey;
  /** What signs: the agent, or null when the private half is at hand. */
  agent: BaseAgent | null;
  privateKey: ParsedKey | null;
}

export interface Identities {
  offers: Identity[];
  /** What is not offered and why, one line each, for the error when no offer is accepted. */
  passedOver: string[];
}

/**
 * Keys that were asked for, then the agent's, then those of ssh_config. Throws E_TUNNEL_KEY_FILE for a key that was
 * asked for and cannot be used; others are passed over, as ssh does.
 */
export async function loadIdentities(target: SshTarget, signal: AbortSignal): Promise<Identities> {
  const passedOver: string[] = [];
  const asked: KeyFile[] = [];
  const configured: KeyFile[] = [];
  for (const { path, required } of target.identityFiles) {
    if (required) asked.push(await readKeyFile(path));
    else configured.push(...(await readIfUsable(path, passedOver)));
  }
  const fromAgent = await agentOffers(target, [...asked, ...configured], passedOver, signal);
  for (const { path, privateKey, publicKey } of asked) {
    const held = publicKey !== null && fromAgent.some((offer) => sameKey(offer.publicKey, publicKey));
    if (privateKey === null && !held) throw encryptedKeyError(path);
  }
  const offers = [...asked.flatMap(fileOffer), ...fromAgent, ...configured.flatMap(fileOffer)];
  return { offers: withoutRepetition(offers), passedOver };
}

async function readIfUsable(path: string, passedOver: string[]): Promise<KeyFile[]> {
  try {
    const file = await readKeyFile(path);
    if (file.privateKey === null)
      passedOver.push(`${path} is encrypted; the agent can hold it: ssh-add '${path}'`);
    return [file];
  } catch (error) {
    if (!(error instanceof ArpoEnvError)) throw error;
    const missing = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (!missing) passedOver.push(`${error.message}: ${error.hint}`);
    return [];
  }
}

async function agentOffers(
  target: SshTarget,
  files: readonly KeyFile[],
  passedOver: string[],
  signal: AbortSignal,
): Promise<Identity[]> {
  if (target.agentSocket === null) {
    passedOver.push('no agent is set (SSH_AUTH_SOCK, IdentityAgent)');
    return [];
  }
  const held = await listAgentKeys(target.agentSocket, signal).catch((error: Error) => {
    signal.throwIfAborted();
    passedOver.push(`the agent at ${target.agentSocket} does not answer: ${error.message}`);
    return null;
  });
  if (held?.length === 0) passedOver.push('the agent has no identities');
  const isConfigured = (key: ParsedKey) =>
    files.some((file) => file.publicKey !== null && sameKey(file.publicKey, key));
  return (held ?? [])
    .filter(({ key }) => !target.identitiesOnly || isConfigured(key))
    .map(({ key, agent }) => ({
      label: `agent key ${key.comment || fingerprint(key.getPublicSSH())}`,
      publicKey: key,
      agent,
      privateKey: null,
    }))
    .sort((a, b) => Number(isConfigured(b.publicKey)) - Number(isConfigured(a.publicKey)));
}

function fileOffer({ path, privateKey }: KeyFile): Identity[] {
  return privateKey === null ? [] : [{ label: path, publicKey: privateKey, agent: null, privateKey }];
}

/** A key that stands in a file and in the agent is offered once: each refusal counts against the server's MaxAuthTries. */
function withoutRepetition(offers: readonly Identity[]): Identity[] {
  return offers.filter(
    (offer, index) => offers.findIndex((other) => sameKey(other.publicKey, offer.publicKey)) === index,
  );
}

function sameKey(a: ParsedKey, b: ParsedKey): boolean {
  return a.getPublicSSH().equals(b.getPublicSSH());
}
