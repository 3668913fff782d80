/** An SSH server of ssh2's in this process, with the ways to log in that a test wants. */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type AuthenticationType, type Prompt } from 'ssh2';
import { connect } from '../../src/ssh/connection/connect.js';
import type { Connection } from '../../src/ssh/connection/connection.js';
import { resolveTarget, type TargetOptions } from '../../src/ssh/host/target.js';
import { createPerson } from '../../src/ssh/login/person.js';
import type { Person, Question } from '../../src/ssh/person.js';
import type { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline } from '../tunnel/fixtures.js';

export interface TestServer extends AsyncDisposable {
  port: number;
  hostKey: { public: string; private: string };
  /** Methods by which clients tried to log in, in order. */
  attempts: string[];
  /** How many connections were made, and how many are open. */
  connections: number;
  readonly open: number;
  /** Cuts all connections. */
  drop(): void;
  /** How to reach it, with its key known. */
  target: TargetOptions;
}

export interface ServerOptions {
  /** Decides each attempt: true lets in, an array says which methods may go on (partial: that this one was right). */
  login: (context: AuthContext, server: TestServer) => Promise<boolean | Refusal> | boolean | Refusal;
  onConnection?: (connection: ssh2.Connection) => void;
  /** What it says before a login. */
  banner?: string;
}

export interface Refusal {
  methods: AuthenticationType[];
  partial?: boolean;
}

export async function startSshServer(
  folder: TemporaryFolder,
  { login, onConnection, banner }: ServerOptions,
): Promise<TestServer> {
  const hostKey = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const sockets = new Set<Socket>();
  const sshd = new ssh2.Server({ hostKeys: [hostKey.private], ...(banner && { banner }) }, (connection) => {
    onConnection?.(connection);
    connection.on('error', () => {}); // a client that refuses our key hangs up
    connection.on('authentication', async (context) => {
      if (context.method !== 'none') server.attempts.push(context.method);
      const verdict = await login(context, server);
      if (verdict === true) context.accept();
      else if (verdict === false) context.reject(['password']);
      else context.reject(verdict.methods, verdict.partial ?? false);
    });
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const socket = connectTcp(destPort, destIP);
      socket.once('error', reject);
      socket.once('connect', () => {
        const channel = accept();
        socket.pipe(channel).pipe(socket);
        socket.on('error', () => channel.close());
        channel.on('error', () => socket.destroy());
      });
    });
  });
  const listener = createServer((socket) => {
    sockets.add(socket);
    server.connections += 1;
    socket.once('close', () => sockets.delete(socket));
    sshd.injectSocket(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const server: TestServer = {
    port,
    hostKey,
    attempts: [],
    connections: 0,
    get open() {
      return sockets.size;
    },
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    target: {
      host: `user@127.0.0.1:${port}`,
      configFile: 'none',
      knownHostsFile: folder.write(`known_hosts_${port}`, `[127.0.0.1]:${port} ${hostKey.public}\n`),
    },
    async [Symbol.asyncDispose]() {
      server.drop();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}

/** Asks the client these prompts; its answers. */
export function interact(context: AuthContext, prompts: Prompt[]): Promise<string[]> {
  return new Promise((resolve) => {
    if (context.method !== 'keyboard-interactive') resolve([]);
    else context.prompt(prompts, resolve);
  });
}

export interface TestPerson extends Person {
  questions: string[];
  told: string[];
}

/** Answers questions by the first pattern that matches them; others and those with null are declined. */
export function personWho(answers: Record<string, string | null>): TestPerson {
  const questions: string[] = [];
  const told: string[] = [];
  const terminal = async ({ text }: Question) => {
    questions.push(text);
    return Object.entries(answers).find(([pattern]) => text.includes(pattern))?.[1] ?? null;
  };
  return Object.assign(createPerson({ tell: (line) => told.push(line), terminal, env: {} }), {
    questions,
    told,
  });
}

export async function logIn(options: TargetOptions): Promise<Connection> {
  const signal = deadline();
  const target = await resolveTarget(options, signal);
  return connect({ ...target, agentSocket: null }, options, {
    signal,
    keepaliveMs: 5000,
    onAuthenticating: () => {},
  });
}

/** A key pair of `ssh2`'s: the private half in a file of this name, encrypted when there is a passphrase. */
export function writeKey(
  folder: TemporaryFolder,
  name: string,
  passphrase?: string,
): { path: string; public: string } {
  const encryption = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 4 };
  const pair = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, comment: name, ...encryption });
  const path = folder.write(name, pair.private);
  chmodSync(path, 0o600);
  return { path, public: pair.public };
}
