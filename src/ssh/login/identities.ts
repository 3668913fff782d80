/** Which keys are offered to the server, in which order, and why others are not. */
import type { BaseAgent, ParsedKey } from 'ssh2';
import { errno } from '../../lib/errno.js';
import { singleQuoted } from '../../shell-words.js';
import type { SshTarget } from '../host/target.js';
import { listAgentKeys, listStrangers } from './agent.js';
import { encryptedKeyError, type KeyFile, readKeyFile } from './key-file.js';
import { fingerprint } from './known-hosts.js';

/** One key to offer. */
export interface Identity {
  /** For messages: the file, or the agent's name for the key. */
  label: string;
  /** Null only for an encrypted key that does not show it. */
  publicKey: ParsedKey | null;
  /** What signs: one of the agent, the key, or the key once it is unlocked. */
  agent: BaseAgent | null;
  privateKey: ParsedKey | null;
  locked: KeyFile | null;
}

export interface Identities {
  offers: Identity[];
  /** What is not offered and why, one line each, for the error when no offer is accepted. */
  passedOver: string[];
  /** Keys of the agent that only the system's ssh could offer, one line each. */
  strangers: string[];
}

/**
 * Keys that were asked for, then the agent's, then those of ssh_config. Encrypted ones only when somebody can be asked for the
 * passphrase. Throws E_SSH_KEY_FILE for a key that was asked for, cannot be used and is not the agent's either; others are
 * passed over, as ssh does.
 */
export async function loadIdentities(
  target: SshTarget,
  canAsk: boolean,
  signal: AbortSignal,
): Promise<Identities> {
  const read = async (required: boolean) =>
    Promise.all(
      target.identityFiles.filter((file) => file.required === required).map(({ path }) => readKeyFile(path)),
    );
  const [asked, configured] = await Promise.all([read(true), read(false)]);
  const passedOver: string[] = [];
  const strangers: string[] = [];
  const files = [...asked, ...configured];
  const fromAgent = await agentOffers(target, files, { passedOver, strangers }, signal);
  const isHeld = ({ publicKey }: KeyFile) =>
    publicKey !== null && fromAgent.some((offer) => sameKey(offer.publicKey, publicKey));
  for (const file of asked.filter((file) => !isHeld(file))) {
    if (file.stranger !== null) continue;
    if (file.unusable) throw file.unusable;
    if (file.privateKey === null && !canAsk) throw encryptedKeyError(file.path);
  }
  strangers.push(
    ...files.flatMap(({ path, stranger }) =>
      stranger === null ? [] : [unknownKind(`${path} (${stranger})`)],
    ),
  );
  passedOver.unshift(...configured.filter((file) => !isHeld(file)).flatMap((file) => whyNot(file, canAsk)));
  const fileOffers = (files: readonly KeyFile[]) =>
    files
      .filter(({ privateKey, unusable }) => privateKey !== null || (canAsk && unusable === null))
      .map(fileOffer);
  const offers = [...fileOffers(asked), ...fromAgent, ...fileOffers(configured)];
  const accepted = withoutRepetition(offers).filter(({ label, publicKey }) => {
    const allowed = publicKey === null || mayOffer(publicKey, target.acceptedKeys);
    if (!allowed) passedOver.push(`${label}: PubkeyAcceptedAlgorithms does not allow ${publicKey.type}`);
    return allowed;
  });
  return { offers: accepted, passedOver, strangers };
}

/** An RSA key signs with several algorithms (RFC 8332). */
function mayOffer({ type }: ParsedKey, accepted: readonly string[] | null): boolean {
  if (accepted === null) return true;
  return accepted.some((one) => one === type || (type === 'ssh-rsa' && one.startsWith('rsa-sha2-')));
}

/** Nothing to tell of a file that is not there. */
function whyNot({ path, privateKey, unusable, stranger }: KeyFile, canAsk: boolean): string[] {
  if (stranger !== null) return [];
  if (unusable !== null)
    return errno(unusable.cause) === 'ENOENT' ? [] : [`${unusable.message}: ${unusable.fix}`];
  return privateKey === null && !canAsk
    ? [`${path} is encrypted; the agent can hold it: ssh-add ${singleQuoted(path)}`]
    : [];
}

/**
 * An agent may say which keys it has only when a person has unlocked its vault, for which ssh waits without end. One that hangs shall
 * not hold up those who have other keys.
 */
const LOCKED_MS = 60_000;
const UNLOCKED_MS = 15_000;

async function agentOffers(
  target: SshTarget,
  files: readonly KeyFile[],
  { passedOver, strangers }: Pick<Identities, 'passedOver' | 'strangers'>,
  signal: AbortSignal,
): Promise<(Identity & { publicKey: ParsedKey })[]> {
  if (target.agentSocket === null) {
    passedOver.push('no agent is set (SSH_AUTH_SOCK, IdentityAgent)');
    return [];
  }
  const socket = target.agentSocket;
  const hasOthers = files.some(({ privateKey }) => privateKey !== null);
  const limits = { signal, timeoutMs: hasOthers ? UNLOCKED_MS : LOCKED_MS };
  const [held, unknown] = await Promise.all([
    listAgentKeys(socket, limits),
    listStrangers(socket, limits),
  ]).catch((error: Error) => {
    signal.throwIfAborted();
    passedOver.push(`the agent at ${socket} does not answer: ${error.message}`);
    return [null, []] as const;
  });
  // With IdentitiesOnly ssh itself offers none that is not configured.
  if (!target.identitiesOnly) strangers.push(...unknown.map((key) => unknownKind(`agent key ${key}`)));
  if (held?.length === 0 && unknown.length === 0) passedOver.push('the agent has no identities');
  const isConfigured = (key: ParsedKey) =>
    files.some((file) => file.publicKey !== null && sameKey(file.publicKey, key));
  return (held ?? [])
    .filter(({ key }) => !target.identitiesOnly || isConfigured(key))
    .map(({ key, agent }) => ({
      label: `agent key ${key.comment || fingerprint(key.getPublicSSH())}`,
      publicKey: key,
      agent,
      privateKey: null,
      locked: null,
    }))
    .sort((a, b) => Number(isConfigured(b.publicKey)) - Number(isConfigured(a.publicKey)));
}

function unknownKind(key: string): string {
  return `${key}: arpo-env's own SSH client does not know its kind`;
}

function fileOffer(file: KeyFile): Identity {
  const { path, privateKey, publicKey } = file;
  return { label: path, publicKey, agent: null, privateKey, locked: privateKey === null ? file : null };
}

/** A key that stands in a file and in the agent is offered once: each refusal counts against the server's MaxAuthTries. An unlocked one wins. */
function withoutRepetition(offers: readonly Identity[]): Identity[] {
  const same = (a: Identity, b: Identity) =>
    a.publicKey !== null && b.publicKey !== null && sameKey(a.publicKey, b.publicKey);
  return offers.filter((offer, index) => {
    if (offer.locked !== null) return !offers.some((other) => other.locked === null && same(other, offer));
    return offers.findIndex((other) => other.locked === null && same(other, offer)) === index;
  });
}

function sameKey(a: ParsedKey, b: ParsedKey): boolean {
  return a.getPublicSSH().equals(b.getPublicSSH());
}
