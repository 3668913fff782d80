/** A throwaway OpenSSH server on a free loopback port, as root or as any user, with its own keys and config. */
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { tied } from '../host/local/tied.js';
import { freePort } from '../host/ports.js';
import { identifyProcesses, terminateProcess } from '../host/process.js';
import { descendants } from '../host/process-table.js';
import { settle, withDeadline } from '../lib/wait.js';
import type { ClusterFiles } from './cluster-files.js';

export interface Sshd extends AsyncDisposable {
  port: number;
  /** The listening process. */
  pid: number;
  /** Kills the processes of all sessions; the listener goes on. */
  dropConnections(): Promise<void>;
}

const START_MS = 10_000;
const PORT_ATTEMPTS = 3;

/** sshd insists on being called by its absolute path; sbin folders are often not in a user's PATH. */
export async function findSshd(): Promise<string | null> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const file of folders.filter(Boolean).map((folder) => join(folder, 'sshd'))) {
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable && file.startsWith('/')) return file;
  }
  return null;
}

/** Rejects with what sshd said when it does not come up; nothing is left then. */
export async function startSshd(binary: string, files: ClusterFiles, signal: AbortSignal): Promise<Sshd> {
  // Root's sshd needs the folder of its privilege separation, which the service's start script makes.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(binary, await freePort(), files, signal);
    } catch (error) {
      // Somebody may take the free port before sshd does.
      if (attempt === PORT_ATTEMPTS || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function launch(binary: string, port: number, files: ClusterFiles, signal: AbortSignal): Promise<Sshd> {
  signal.throwIfAborted();
  const configFile = join(files.folder, 'sshd_config');
  await writeFile(configFile, config(port, files), { mode: 0o600 });
  const [program = '', ...args] = await tied([binary, '-D', '-e', '-f', configFile], 'TERM');
  const child = execa(program, args, {
    stdin: 'ignore',
    stdout: 'ignore',
    reject: false,
    buffer: false,
  });
  const stop = async () => {
    await killSessions(child.pid);
    child.kill('SIGTERM');
    await child;
  };
  try {
    const { pid } = child;
    if (pid === undefined) throw new Error((await child).shortMessage);
    await listening(child.stderr, signal);
    return { port, pid, dropConnections: () => killSessions(pid), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Its log says when; the rest of the log is read and dropped, so that its pipe cannot fill. */
async function listening(log: NodeJS.ReadableStream, signal: AbortSignal): Promise<void> {
  const said: string[] = [];
  const failure = (why: string) =>
    new Error(`${why}${said.length > 0 ? `: ${said.slice(-3).join('; ')}` : ''}`);
  const late = () => failure(`sshd did not listen within ${START_MS / 1000} s`);
  const lines = createInterface({ input: log });
  await withDeadline(signal, START_MS, late, (limit) =>
    settle<void>({ signals: [limit] }, (resolve, reject) => {
      lines.on('line', (line) => {
        if (said.length < 20) said.push(line);
        if (line.startsWith('Server listening on')) resolve();
      });
      lines.once('close', () => reject(failure('sshd ended at once')));
    }),
  );
}

async function killSessions(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const sessions = await identifyProcesses(await descendants(pid));
  for (const session of sessions) await terminateProcess(session, { graceMs: 0 });
}

function config(port: number, files: ClusterFiles): string {
  return `${[
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey "${files.hostKeyFile}"`,
    `AuthorizedKeysFile "${files.authorizedKeysFile}"`,
    'PidFile none',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PubkeyAuthentication yes',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    // The folder is private, but it lies in /tmp, which is not.
    'StrictModes no',
    'AllowTcpForwarding yes',
    'GatewayPorts no',
    'LogLevel INFO',
  ].join('\n')}\n`;
}
