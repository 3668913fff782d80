/** A worker: a Python process that carries out one evaluation after the other, each in a process of its own. */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { ArpoEnvError } from '../../errors.js';
import { errno, messageOf } from '../../lib/errno.js';
import { lastLine } from '../../lib/last-line.js';
import { StartedParts } from '../../lib/once.js';
import { packageFile } from '../../lib/package.js';
import { abortable, settle } from '../../lib/wait.js';
import { oneLine } from '../../ui/harmless.js';
import type { Confinement, Inside } from './confine/contract.js';
import type { WorkerProcess } from './confine/process.js';
import { type Door, makeDoor } from './door.js';
import { type Header, type Line, LONGEST_LINE, readLine } from './protocol.js';

export interface WorkerSettings {
  /** Interpreter with the packages that the evaluators need. */
  python: string;
  /** Folder with `desktop_env/` in it. */
  osworld: string;
  /** Starts the worker's process. */
  start: Confinement['start'];
  /** Its way to a desktop. Default: `makeDoor`. */
  makeDoor?: (() => Promise<Door>) | undefined;
}

/** Disposing ends it, with all that is in it. */
export interface Worker extends AsyncDisposable {
  /** Its way to a desktop. */
  readonly door: Door;
  /** False once it is of no use: it ended, or broke a rule. */
  readonly isUsable: boolean;
  /** Sends a header, and what follows it. Throws WorkerEnd when the worker does not take it. */
  send(header: Header, body?: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void>;
  /** What it says next. Throws WorkerEnd when that takes too long, is not in the protocol, or never comes. */
  hear(withinMs: number): Promise<Line>;
  /** It is not to be used again. */
  condemn(): void;
}

/** Why a worker is of no use any more, as words that follow its name: `ended by SIGKILL: …`. */
export class WorkerEnd extends Error {
  override readonly name = 'WorkerEnd';
}

const START_LIMIT_MS = 30_000;
const SEND_LIMIT_MS = 30_000;
/** How long it may take to end by itself, when it clears its folder away. */
const GRACE_MS = 3000;
const WORDS = 4096;

/** Throws what starting it throws, or E_EVALUATE_FAILED when it is not ready in time; nothing is left then. */
export async function startWorker(settings: WorkerSettings, signal: AbortSignal): Promise<Worker> {
  const parts = new StartedParts();
  try {
    const door = parts.add(await (settings.makeDoor ?? makeDoor)());
    const process = await settings.start({
      argv: (inside) => argvOf(settings, inside),
      readable: [packageFile('templates/evaluators'), join(settings.osworld, 'desktop_env')],
      door: door.folder,
      signal,
    });
    const worker = new StartedWorker(process, parts, door);
    await abortable(worker.begin(), signal);
    return worker;
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw error instanceof WorkerEnd ? notStarted(error) : error;
  }
}

function notStarted({ message }: WorkerEnd): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_EVALUATE_FAILED',
    message: `the worker of OSWorld's evaluators ${message} instead of being ready`,
    fix: 'arpo-env evaluators status',
  });
}

function argvOf(
  { python, osworld }: WorkerSettings,
  { door, temporary, ownNetwork, ownProcesses }: Inside,
): string[] {
  const program = packageFile('templates/evaluators/worker.py');
  const options = ['--osworld', osworld, '--door', door, '--temporary', temporary];
  const owns = [...(ownNetwork ? ['--alone'] : []), ...(ownProcesses ? ['--own-processes'] : [])];
  return [python, '-I', '-u', program, ...options, ...owns];
}

class StartedWorker implements Worker {
  readonly door: Door;
  readonly #process: WorkerProcess;
  readonly #parts: StartedParts;
  readonly #lines: AsyncGenerator<string>;
  #isUsable = true;
  #words = '';

  constructor(process: WorkerProcess, parts: StartedParts, door: Door) {
    this.#process = process;
    this.#parts = parts;
    this.door = door;
    this.#lines = linesOf(process.answers);
    parts.add(process);
    parts.add({ [Symbol.asyncDispose]: () => this.#leave() });
    void process.ended.then(() => this.condemn());
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#words = `${this.#words}${bytes}`.slice(-WORDS);
      });
    }
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  condemn(): void {
    this.#isUsable = false;
  }

  /** Resolves when it is ready. */
  async begin(): Promise<void> {
    const { said } = await this.hear(START_LIMIT_MS);
    if (!('ready' in said)) throw new WorkerEnd('spoke out of turn');
  }

  async send(header: Header, body: Iterable<Buffer> | AsyncIterable<Buffer> = []): Promise<void> {
    try {
      await this.#write(Buffer.from(`${JSON.stringify(header)}\n`));
      for await (const part of body) await this.#write(part);
    } catch (error) {
      // Half of a message is none: what comes next would be taken for the rest of it.
      this.condemn();
      throw error;
    }
  }

  async hear(withinMs: number): Promise<Line> {
    try {
      const { done, value } = await within(withinMs, this.#lines.next());
      if (done)
        throw new WorkerEnd(`ended ${await within(GRACE_MS, this.#process.ended)}${this.#lastWords()}`);
      const line = readLine(value);
      if (line === undefined) throw new WorkerEnd('said what is not in the protocol');
      return line;
    } catch (error) {
      this.condemn();
      throw asEnd(error);
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    const { requests, ended } = this.#process;
    try {
      await settle<void>({ signals: [], timeoutMs: SEND_LIMIT_MS }, (resolve, reject) =>
        requests.write(bytes, (error) => (error ? reject(error) : resolve())),
      );
    } catch (error) {
      if (errno(error) === undefined) throw asEnd(error);
      throw new WorkerEnd(`ended ${await within(GRACE_MS, ended).catch(messageOf)}${this.#lastWords()}`);
    }
  }

  /** It clears its folder away, when it is let. */
  async #leave(): Promise<void> {
    this.condemn();
    this.#process.requests.end();
    await within(GRACE_MS, this.#process.ended).catch(() => undefined);
  }

  #lastWords(): string {
    const words = oneLine(lastLine(this.#words));
    return words === '' ? '' : `: ${words}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts[Symbol.asyncDispose]();
  }
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return settle<T>({ signals: [], timeoutMs: ms }, (resolve, reject) => void promise.then(resolve, reject));
}

/** What is none of ours is a limit of time: `no answer within 5 s`. */
function asEnd(error: unknown): WorkerEnd {
  return error instanceof WorkerEnd ? error : new WorkerEnd(`gave ${messageOf(error)}`, { cause: error });
}

/** Nothing is read before it is asked for. Throws WorkerEnd for a line that is too long. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  const decoder = new StringDecoder('utf8');
  try {
    for await (const bytes of stream) {
      const lines = `${rest}${decoder.write(bytes as Buffer)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield line;
      if (rest.length > LONGEST_LINE) throw new WorkerEnd('said a line without an end');
    }
  } catch (error) {
    if (error instanceof WorkerEnd) throw error;
    // A pipe that breaks has ended.
  }
}
