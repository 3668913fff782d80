/** Whether the server is the one we mean: its key against known_hosts, strictly. */
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { ArpoEnvError } from '../../errors.js';
import { hostAndPort, isLoopback } from '../../lib/addresses.js';
import { messageOf } from '../../lib/errno.js';
import { singleQuoted } from '../../shell-words.js';
import { HOST_KEY_ALGORITHMS } from '../host/algorithms.js';
import { pastedSsh, pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import {
  fingerprint,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownKeyTypes,
  knownName,
  readKnownHosts,
  saveKnownHost,
} from './known-hosts.js';
import type { Secrets } from './secrets.js';

export interface HostKeyCheck {
  /** To ask the server for the key types that it is known by first; undefined leaves the choice to ssh2. */
  algorithms: ServerHostKeyAlgorithm[] | undefined;
  /** Throws E_SSH_HOST_KEY unless `key` is the server's known one, or it is new and may be saved. */
  verify(key: Buffer): Promise<void>;
}

/** A person who is asked may refuse so often before the connection is given up. */
const ANSWERS = 3;

export async function createHostKeyCheck(
  target: SshTarget,
  asking: Pick<Secrets, 'canAsk' | 'ask'>,
  tell: (message: string) => void,
): Promise<HostKeyCheck> {
  const entries = await readKnownHosts(target.knownHostsFiles, tell);
  const name = knownName(target);
  // As with ssh the connection comes about all the same.
  const save = (file: string, name: string, key: Buffer) =>
    saveKnownHost(file, name, key, target.hashKnownHosts).catch((error: unknown) =>
      tell(`the host key of ${address(target)} is not saved: ${messageOf(error)}`),
    );
  return {
    algorithms: preferredAlgorithms(knownKeyTypes(entries, name), target.algorithms.hostKeys),
    async verify(key) {
      if (rsaBits(key) < target.requiredRsaBits) throw tooShort(target, key);
      if (isTrustedLoopback(target)) return;
      const verdict = judgeHostKey(entries, name, key);
      switch (verdict.kind) {
        case 'known':
          return;
        case 'revoked':
          throw revoked(target, verdict.by, key);
        case 'changed':
          throw changed(target, name, verdict.known, key);
        case 'unknown': {
          const accepted =
            target.newHostKeys === 'accept' ||
            (target.newHostKeys === 'ask' && (await personAccepts(target, key, asking)));
          if (!accepted) throw unknown(target, verdict.authority, key);
          if (target.newHostKeysFile !== null) await save(target.newHostKeysFile, name, key);
        }
      }
    },
  };
}

/** NoHostAuthenticationForLocalhost: not with an alias, nor where a proxy knows what `localhost` is (ssh_config(5), OpenSSH's sshconnect.c). */
function isTrustedLoopback({ trustsLoopback, host, hostKeyAlias, proxy }: SshTarget): boolean {
  return trustsLoopback && hostKeyAlias === null && proxy === null && isLoopback(host);
}

/** As ssh asks: yes, no, or the fingerprint that the person has from elsewhere, which is compared for him. */
async function personAccepts(
  target: SshTarget,
  key: Buffer,
  asking: Pick<Secrets, 'canAsk' | 'ask'>,
): Promise<boolean> {
  if (!asking.canAsk) return false;
  const shown = fingerprint(key);
  let text = `The host key of ${address(target)} is not known yet: ${keyType(key)} ${shown}\nConnect and remember it (yes/no/[fingerprint])? `;
  for (let attempt = 0; attempt < ANSWERS; attempt += 1) {
    const answer = (await asking.ask({ text, echo: true }))?.trim();
    if (answer === 'yes' || answer === shown) return true;
    if (answer === undefined || answer === 'no') return false;
    text = "Please type 'yes', 'no' or the fingerprint: ";
  }
  return false;
}

/** Of those allowed (null: ssh2's own), the known ones first. An RSA key signs with several algorithms (RFC 8332). */
function preferredAlgorithms(
  types: readonly string[],
  allowed: ServerHostKeyAlgorithm[] | null,
): ServerHostKeyAlgorithm[] | undefined {
  const isKnown = (algorithm: string) =>
    types.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  const possible = allowed ?? HOST_KEY_ALGORITHMS;
  const known = possible.filter(isKnown);
  if (known.length === 0) return allowed ?? undefined;
  return [...known, ...possible.filter((algorithm) => !isKnown(algorithm))];
}

/** Of an RSA key, whose blob is `ssh-rsa`, exponent and modulus with a zero byte before it (RFC 4253 §6.6); others have no such limit. */
function rsaBits(key: Buffer): number {
  if (keyType(key) !== 'ssh-rsa') return Number.POSITIVE_INFINITY;
  const exponentAt = 4 + key.readUInt32BE(0);
  const modulusAt = exponentAt + 4 + key.readUInt32BE(exponentAt);
  const modulus = key.subarray(modulusAt + 4);
  return 8 * modulus.subarray(modulus.findIndex((byte) => byte !== 0)).length;
}

function tooShort(target: SshTarget, key: Buffer): ArpoEnvError {
  return hostKeyError(
    `the host key of ${address(target)} is too short: RSA of ${rsaBits(key)} bits, and ssh_config wants ${target.requiredRsaBits} (RequiredRSASize)`,
    'ask the administrator for a key of a better kind (sudo ssh-keygen -A), or lower RequiredRSASize for this host',
  );
}

function unknown(target: SshTarget, authority: boolean, key: Buffer): ArpoEnvError {
  const certificate = authority
    ? " (a certificate authority is, but arpo-env's own SSH client checks plain keys only)"
    : '';
  return hostKeyError(
    `the host key of ${address(target)} is not in known_hosts${certificate}: ${keyType(key)} ${fingerprint(key)}`,
    authority
      ? `use the system's ssh, which checks certificates: ${pastedTunnel(target.destination, ['--transport', 'openssh'])}`
      : `compare the fingerprint with the administrator's; then connect once by hand to save it: ${pastedSsh(target.destination)} — or pass --accept-new`,
  );
}

function changed(target: SshTarget, name: string, known: readonly KnownHost[], key: Buffer): ArpoEnvError {
  const places = known.map((entry) => `${entry.file}:${entry.line}`).join(', ');
  const files = [...new Set(known.map((entry) => entry.file))];
  const forget = files.map((file) => `ssh-keygen -R ${singleQuoted(name)} -f ${singleQuoted(file)}`);
  return hostKeyError(
    `THE HOST KEY OF ${address(target)} HAS CHANGED: it shows ${keyType(key)} ${fingerprint(key)}, another one is known (${places}). Somebody may be listening in, or the machine was reinstalled`,
    `connect only if the administrator confirms the new fingerprint; then forget the old key: ${forget.join(' && ')}`,
  );
}

function revoked(target: SshTarget, entry: KnownHost, key: Buffer): ArpoEnvError {
  return hostKeyError(
    `the host key of ${address(target)} is revoked by ${entry.file}:${entry.line}: ${keyType(key)} ${fingerprint(key)}`,
    'do not connect; ask the administrator for the new key',
  );
}

function address(target: SshTarget): string {
  const where = hostAndPort(target.host, target.port);
  return target.name === target.host ? where : `${target.name} (${where})`;
}

function hostKeyError(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_SSH_HOST_KEY', message, fix });
}
