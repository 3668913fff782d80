/** A connection to the cluster, by the SSH client that was chosen, when a person is there if one is needed. */
import { ArpoEnvError } from '../errors.js';
import { type ConnectOptions, connect } from './connection/connect.js';
import type { Connection } from './connection/connection.js';
import { pastedTunnel } from './host/command-line.js';
import type { SshTarget, TargetOptions } from './host/target.js';
import { connectOpenssh } from './openssh/connect.js';

export interface OpenOptions extends ConnectOptions {
  /** The login needs a person who is asked for now and may not answer for a long time. */
  onAwaitingPerson: (message: string) => void;
}

/** `target` is what was made of `options`. Throws E_SSH_HOST, E_SSH_HOST_KEY, E_SSH_KEY_FILE, E_SSH_AUTH or E_CONFIG; nothing is left open then. */
export async function openConnection(
  target: SshTarget,
  options: TargetOptions,
  opening: OpenOptions,
): Promise<Connection> {
  await awaitPerson(target, options, opening);
  return options.transport === 'openssh'
    ? connectOpenssh(target, options, opening)
    : connect(target, options, opening);
}

/** Codes are good only once: before the server is bothered again, somebody must be there to type one. */
async function awaitPerson(
  { name, destination }: SshTarget,
  { person }: TargetOptions,
  { signal, onAwaitingPerson }: OpenOptions,
): Promise<void> {
  if (person === undefined || person.codes.size === 0) return;
  const who = [...person.codes].join(', ');
  onAwaitingPerson(`${who} asks for a code at every login: waiting for somebody to press Enter`);
  const answer = await person.ask(
    {
      text: `The connection to ${name} is gone, and ${who} wants a new code. Press Enter to log in again: `,
      echo: true,
    },
    signal,
  );
  if (answer !== null) return;
  throw new ArpoEnvError({
    code: 'E_SSH_AUTH',
    message: `${who} asks for a code at every login, and nobody is there to type it`,
    fix: `log in again at a terminal: ${pastedTunnel(destination)}; a key without a second factor needs nobody`,
  });
}
