/** What a failure of pip or uv means for the user, told from what they print last. */
import { maskCredentials } from '../../../config/mask.js';
import { ArpoEnvError } from '../../../errors.js';
import { shellQuote } from '../../../shell-words.js';
import { requirementsFile } from '../installation.js';
import type { PackageSource } from './tool.js';

export interface Failure extends Pick<PackageSource, 'offline' | 'field'> {
  lines: readonly string[];
  /** Null when it was ended for its time limit. */
  exitCode: number | null;
  dir: string;
  /** Where packages come from, for people. */
  source: string;
}

/** How another index is named, and what is asked when none is. */
const NAMED: Record<PackageSource['field'], { mirror: string; variable: string; usual: string }> = {
  'evaluators.indexUrl': {
    mirror: '--index-url URL',
    variable: 'ARPO_ENV_EVALUATORS_INDEX_URL',
    usual: 'is it a whole mirror of PyPI? Without --index-url and evaluators.indexUrl, PyPI itself is asked',
  },
  'evaluators.torchIndexUrl': {
    mirror: 'ARPO_ENV_EVALUATORS_TORCH_INDEX_URL=URL',
    variable: 'ARPO_ENV_EVALUATORS_TORCH_INDEX_URL',
    usual: "is it a whole mirror of PyTorch's? Without evaluators.torchIndexUrl, PyTorch's own is asked",
  },
};

const NETWORK =
  /NewConnectionError|Failed to establish|NameResolutionError|Temporary failure in name resolution|Name or service not known|dns error|Connection refused|Connection reset|Network is unreachable|timed out|ReadTimeoutError|error sending request|client error \(Connect\)/i;
const BROKEN_OFF =
  /IncompleteRead|ProtocolError|RemoteDisconnected|Connection aborted|unexpected eof|error decoding response body|end of file before message length|Wheel '.*' located at .* is invalid|BadZipFile/i;
const CERTIFICATE =
  /certificate verify failed|self.signed certificate|invalid peer certificate|UnknownIssuer/i;

/** A network that failed may be back. */
export function mayBeTriedAgain({ lines }: Pick<Failure, 'lines'>): boolean {
  const text = lines.join('\n');
  return (NETWORK.test(text) || BROKEN_OFF.test(text)) && !CERTIFICATE.test(text);
}

export function explainFailure(failure: Failure): ArpoEnvError {
  const { dir, source, offline, field, exitCode } = failure;
  const { mirror, variable } = NAMED[field];
  const lines = failure.lines.map(maskCredentials);
  const text = lines.join('\n');
  const wrong = (message: string, fix: string) =>
    new ArpoEnvError({ code: 'E_EVALUATORS_INSTALL', message, fix });
  if (/No space left on device|Disk quota exceeded|os error 28/i.test(text)) {
    return new ArpoEnvError({
      code: 'E_DISK_FULL',
      message: `no space left to install OSWorld's evaluators in ${dir}`,
      fix: `free some space: df -h ${shellQuote(dir)}; then run it again, it goes on where it stopped`,
    });
  }
  if (/Permission denied|Read-only file system|os error 13/i.test(text)) {
    return new ArpoEnvError({
      code: 'E_NO_PERMISSION',
      message: `this user may not do what installing into ${dir} takes: ${lastError(lines)}`,
      fix: `look at its permissions: ls -ld ${shellQuote(dir)}`,
    });
  }
  if (CERTIFICATE.test(text)) {
    return wrong(
      `the certificate of ${source} is not trusted here`,
      "name your organization's root certificate: export PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    );
  }
  const untrusted = /located at (\S+) is not a trusted or secure host/.exec(text)?.[1];
  if (untrusted !== undefined) {
    return wrong(
      `pip takes no packages from ${untrusted} over plain http`,
      `give ${field} an https address, or trust that host: export PIP_TRUSTED_HOST=${untrusted}`,
    );
  }
  if (/40[13] (Client )?Error|HTTP error 40[13]|401 Unauthorized|403 Forbidden/i.test(text)) {
    return wrong(
      `${source} wants a login, or refuses the one it got`,
      `put it into the address: ${variable}=https://USER:TOKEN@pypi.example/simple`,
    );
  }
  const wanted = missingPackage(text);
  if (offline === null && BROKEN_OFF.test(text))
    return wrong(`${source} broke off while it sent a package`, 'run it again: it goes on where it stopped');
  if (offline === null && NETWORK.test(text)) {
    return wrong(
      `${source} cannot be reached`,
      `check the network; behind a proxy set HTTPS_PROXY; with a mirror: ${mirror}; without a network: --offline DIR`,
    );
  }
  if (wanted !== null) return missing(wanted, text, failure);
  if (/DO NOT MATCH THE HASHES|Hash mismatch/i.test(text))
    return wrong(
      `${source} sent another file than it announces`,
      `try again, or use another index: ${mirror}`,
    );
  const how = exitCode === null ? 'took too long' : `failed with exit code ${exitCode}`;
  return wrong(`installing ${how}: ${lastError(lines)}`, 'fix what it says, then run it again: it goes on');
}

function missing(wanted: string, text: string, { source, offline, field }: Failure): ArpoEnvError {
  if (offline !== null) {
    const list = shellQuote(requirementsFile('core'));
    return new ArpoEnvError({
      code: 'E_EVALUATORS_INSTALL',
      message: `${offline} has no ${wanted} for this Python`,
      fix: `fill it on a machine with a network and the same Python: python3 -m pip wheel --no-deps -w DIR -r ${list} desktop-env==1.0.2`,
    });
  }
  // An index that has none of its versions has most likely none of any package.
  const none = /\(from versions: none\)|not found in the package registry/i.test(text);
  return new ArpoEnvError({
    code: 'E_EVALUATORS_INSTALL',
    message: none
      ? `${source} does not have ${wanted}, or not for this Python and machine`
      : `${source} has other versions than ${wanted}, or none for this Python and machine`,
    fix: NAMED[field].usual,
  });
}

function missingPackage(text: string): string | null {
  return (
    /No matching distribution found for ([^\s;]+)/.exec(text)?.[1] ??
    /Because (\S+) (?:was not found|has no|cannot be)/.exec(text)?.[1] ??
    /there is no version of (\S+?)(?: and|,|$)/m.exec(text)?.[1] ??
    null
  );
}

function lastError(lines: readonly string[]): string {
  const line = lines.findLast((text) => /error|denied/i.test(text)) ?? lines.at(-1) ?? 'it said nothing';
  return line.trim().replace(/^ERROR: /, '');
}
