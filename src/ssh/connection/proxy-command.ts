/** ssh_config's ProxyCommand: a program of the user's whose stdin and stdout lead to the SSH server (ssh_config(5)). */
import { Duplex } from 'node:stream';
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import { settle } from '../../lib/wait.js';
import { pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import type { Wire } from './wire.js';

const KILL_AFTER_MS = 1000;
const LAST_WORDS = 500;
/** On a busy machine a program's words come late. */
const LAST_WORDS_MS = 1000;

/**
 * Run as OpenSSH runs it: by the user's shell, with `%h`, `%n`, `%p`, `%r` and `%%` filled in. It is the user's own config and trusted as
 * such; the names that are filled in may hold nothing that a shell would read. Disposing ends it.
 */
export async function startProxyCommand(target: SshTarget, command: string): Promise<Wire> {
  const line = expand(target, command);
  const shell = process.env.SHELL || '/bin/sh';
  // `exec`: the signal that ends it shall reach the program, not a shell that waits for it.
  const child = execa(shell, ['-c', `exec ${line}`], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    forceKillAfterDelay: KILL_AFTER_MS,
  });
  const { stdin, stdout, stderr } = child;
  let bytesRead = 0;
  let lastWords = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  // Of this stream's own: the end of a pipe would be told before the program's last words, which say more.
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(() => done()),
    destroy: (error, done) => {
      stdin.destroy();
      stdout.destroy();
      done(error);
    },
  });
  stdout.on('data', (chunk: Buffer) => {
    bytesRead += chunk.length;
    if (!stream.push(chunk)) stdout.pause();
  });
  stdin.on('error', () => {}); // the program has ended, which is told below
  stream.on('error', () => {});
  const ended = child.then(async (result) => {
    // Its last words come by a pipe of their own, which what it started may hold open.
    await settle<void>({ signals: [], timeoutMs: LAST_WORDS_MS }, (resolve) => {
      if (stderr.readableEnded || stderr.destroyed) resolve();
      stderr.once('close', resolve);
    }).catch(() => {});
    const how = result.exitCode === undefined ? '' : ` with exit code ${result.exitCode}`;
    const words = lastWords.trim() === '' ? '' : `: ${lastWords.trim()}`;
    if (!stream.destroyed) stream.destroy(proxyEnded(target, line, how + words));
  });
  return {
    stream,
    get bytesRead() {
      return bytesRead;
    },
    async [Symbol.asyncDispose]() {
      stream.destroy();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function expand(target: SshTarget, command: string): string {
  const values: Record<string, string> = {
    h: target.host,
    n: target.alias,
    p: String(target.port),
    r: target.user,
    '%': '%',
  };
  return command.replace(/%(.?)/g, (token, letter: string) => {
    const value = values[letter];
    if (value === undefined) throw badToken(target, command, token);
    // As OpenSSH's valid_hostname() and valid_ruser(): a name comes from the command line, and is put into a shell's line.
    if (!/^[^\s'"`$\\;&<>|(){}*?!#~^[-][^\s'"`$\\;&<>|(){}*?!#]*$/.test(value)) throw unsafe(target, value);
    return value;
  });
}

function proxyEnded(target: SshTarget, line: string, how: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SSH_HOST',
    message: `the ProxyCommand for ${target.name} (${line}) ended${how}`,
    fix: `try it by hand: ${line}`,
  });
}

function badToken(target: SshTarget, command: string, token: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: `the ProxyCommand for ${target.name} (${command}) has ${token}, which arpo-env's own SSH client does not expand`,
    fix: `use the system's ssh: ${pastedTunnel(target.destination, ['--transport', 'openssh'])}`,
  });
}

function unsafe(target: SshTarget, value: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_USAGE',
    message: `\`${value}\` cannot be put into the ProxyCommand for ${target.name}: a shell would read it`,
    fix: 'give a host and a user of letters, digits, dots and dashes',
  });
}
