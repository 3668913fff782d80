/** Why a login failed: what was tried, what was not and why, and what the server would take. */
import { existsSync } from 'node:fs';
import { ArpoEnvError } from '../../errors.js';
import { pastedCopyId, pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import type { Identities } from './identities.js';
import type { Login } from './login.js';

/** ssh2's words for an agent that does not sign. */
const AGENT_REFUSED = 'Agent responded with failure';

/** E_SSH_AUTH. `said` are last words. */
export function loginError(
  target: SshTarget,
  login: Login,
  { passedOver, strangers }: Pick<Identities, 'passedOver' | 'strangers'>,
  said: readonly string[],
): ArpoEnvError {
  const left = [...strangers, ...leftOut(target, login)];
  const account = [...login.outcomes, ...passedOver, ...left, ...said];
  return new ArpoEnvError({
    code: 'E_SSH_AUTH',
    message: `${target.name} does not let ${target.user} log in (${account.join('; ') || 'there was no key to offer'})`,
    fix:
      left.length > 0
        ? `use the system's ssh, which can: ${pastedTunnel(target.destination, ['--transport', 'openssh'])}`
        : fix(target, login),
  });
}

/** What ssh would have tried and ssh2 cannot: certificates, GSSAPI, and keys that the agent keeps for a named host (ssh-add(1), -h). */
function leftOut({ certificateFiles, identityFiles }: SshTarget, { methods, outcomes }: Login): string[] {
  const implied = identityFiles.map(({ path }) => `${path}-cert.pub`);
  const certificates = [...certificateFiles, ...implied].filter((file) => existsSync(file));
  const takesGssapi = methods.some((method) => method.startsWith('gssapi'));
  return [
    ...certificates.map(
      (file) => `certificate ${file}: arpo-env's own SSH client does not support certificates`,
    ),
    ...(outcomes.some((outcome) => outcome.endsWith(AGENT_REFUSED))
      ? ["an agent that keeps a key for a named host lets only the system's ssh use it"]
      : []),
    ...(takesGssapi ? ["gssapi: arpo-env's own SSH client does not support it"] : []),
  ];
}

function fix(target: SshTarget, { methods }: Login): string {
  const { destination, user } = target;
  if (methods.length === 0 || methods.includes('publickey'))
    return `install your key there: ${pastedCopyId(target)} — or name the right one with --identity`;
  const asks = methods.filter((method) => method === 'password' || method === 'keyboard-interactive');
  return asks.length > 0
    ? `the server takes ${methods.join(', ')}: answer at a terminal (${pastedTunnel(destination)}, without --detach), or ask its administrator to accept public keys for ${user}`
    : `the server takes only ${methods.join(', ')}: ask its administrator to accept public keys for ${user}`;
}
