/**
 * A sandbox with a program in it: a user without capabilities, its own files, processes and network (command.ts). The
 * kernel ends everything in it when this process ends, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { z } from 'zod';
import { endOf } from '../../lib/child-end.js';
import { andNothingElse } from '../../lib/inherited-descriptors.js';
import { parseJson } from '../../lib/json.js';
import { StartedParts } from '../../lib/once.js';
import { abortable } from '../../lib/wait.js';
import { GuestError } from '../machine.js';
import { limitsFolders } from './bubblewrap.js';
import { DESCRIPTORS, sandboxCommand } from './command.js';
import { asUser } from './layers.js';
import { startNetwork } from './network.js';
import { systemCallFilter } from './system-calls.js';
import { unreachableNetworks, watchNetworks } from './unreachable.js';
import { takeUser } from './user.js';
import { type Mount, systemView } from './view.js';

export interface SandboxOptions {
  /** What is run inside. */
  program: readonly string[];
  /** All that the program finds in its environment. */
  env: NodeJS.ProcessEnv;
  /** Further files and folders of this machine, read-only. */
  mounts: readonly Mount[];
  /** Folder of this machine that becomes the home directory. Default: a fresh one in memory. */
  home?: string | undefined;
  /** Bytes that its folders in memory can hold altogether. */
  memory: number;
  /** How the outermost process is started, e.g. in a scope of systemd. Default: as it is. */
  wrap?: (argv: readonly string[]) => { argv: readonly string[]; env: NodeJS.ProcessEnv };
  /** Is called with its processes before anything runs inside: all others will be their children. */
  admit?: (pids: readonly number[]) => Promise<void>;
  /** Hears what the program writes on stderr; the next is read when it has resolved. */
  onStderr: (bytes: Buffer) => Promise<void>;
  signal: AbortSignal;
}

export interface Sandbox extends AsyncDisposable {
  /** The outermost process, on this machine. */
  readonly pid: number;
  /** Put before an absolute path of the inside it makes the path under which this process sees the file. */
  readonly root: string;
  /** The program's. It ends when its stdin does. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves with how it ended, e.g. `with exit code 1`, once its last words are read. */
  readonly ended: Promise<string>;
}

const START_DEADLINE_MS = 20_000;
/** bwrap(1), --info-fd. */
const infoSchema = z.object({ 'child-pid': z.int().positive() });

/** Throws GuestError with what the system said when there can be no sandbox; nothing is left then. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const parts = new StartedParts();
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(START_DEADLINE_MS)]);
  try {
    const user = await takeUser();
    if (user) parts.add(user);
    const uid = user?.uid ?? null;
    const view = await systemView();
    const filter = systemCallFilter();
    const unreachable = await unreachableNetworks();
    const command = sandboxCommand({
      ...{ uid, view, mounts: options.mounts, home: options.home ?? null, program: options.program },
      folderSizes: (await limitsFolders()) ? folderSizes(options.memory) : null,
      unreachable,
      filtered: filter !== null,
    });
    const { argv, env } = options.wrap?.(command) ?? { argv: command, env: options.env };
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      stdio: andNothingElse(Array.from({ length: DESCRIPTORS.files + view.files.length }, () => 'pipe')),
      detached: true,
      cwd: '/',
      env,
    });
    await once(child, 'spawn');
    const ended = endOf(child);
    parts.add({
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    });
    const { stdin, stdout, stderr, pipe } = streamsOf(child);
    let words = '';
    const read = readAll(stderr, async (bytes) => {
      words = `${words}${bytes}`.slice(-2000);
      await options.onStderr(bytes);
    });
    const over = ended.then(async (how): Promise<never> => {
      await read;
      throw new GuestError(words.trim() === '' ? `the sandbox ended ${how}` : words.trim());
    });
    over.catch(() => undefined);
    pipe(DESCRIPTORS.filter).end(filter);
    for (const [index, { text }] of view.files.entries()) pipe(DESCRIPTORS.files + index).end(text);
    const [said] = await Promise.race([once(pipe(DESCRIPTORS.pid), 'data', { signal }), over]);
    const waiting = Number(said);
    const network = parts.add(await startNetwork(waiting, asUser(uid), signal));
    await options.admit?.([child.pid ?? 0, waiting, network.pid]);
    const go = pipe(DESCRIPTORS.go);
    void ended.then(() => go.destroy());
    go.write('go\n');
    parts.add(watchNetworks(unreachable, (network) => go.write(`${network}\n`)));
    const info = abortable(textOf(pipe(DESCRIPTORS.info)), signal);
    const facts = parseJson(await Promise.race([info, over]), infoSchema);
    if (!facts) throw new GuestError('bwrap did not say what it started');
    return {
      pid: child.pid ?? 0,
      root: `/proc/${facts['child-pid']}/root`,
      ...{ stdin, stdout, ended: read.then(() => ended) },
      [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    options.signal.throwIfAborted();
    throw error;
  }
}

/** A pipe whose other end is gone is not news: the process's end says it. */
function streamsOf({ stdio }: ChildProcess) {
  for (const stream of stdio) stream?.on('error', () => undefined);
  const pipe = (number: number) => stdio[number] as Duplex;
  return { stdin: pipe(0) as Writable, stdout: pipe(1) as Readable, stderr: pipe(2) as Readable, pipe };
}

/** Never rejects. */
async function readAll(stream: Readable, hear: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of stream) await hear(bytes as Buffer);
  } catch {
    // Its end says more.
  }
}

/** Downloads and profiles lie in the home directory. */
function folderSizes(memory: number) {
  return {
    home: Math.floor(memory / 2),
    tmp: Math.floor(memory / 4),
    other: Math.floor(memory / 12),
  };
}
