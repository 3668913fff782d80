/** One evaluation in a worker: its files are brought there, its functions called, and the worker is left as it was. */
import { randomBytes } from 'node:crypto';
import { sizeText } from '../../config/units.js';
import { ArpoEnvError, type Problem } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { lastLine } from '../../lib/last-line.js';
import { oneLine } from '../../ui/harmless.js';
import { NOT_JUDGED } from '../evaluate.js';
import { PythonError } from '../python/errors.js';
import { encode } from './encode.js';
import { CacheMirror } from './files.js';
import type { Subject } from './functions.js';
import { INSTALL_COMMAND } from './installation.js';
import { type Answer, decodeValue, type Ended, type FunctionName } from './protocol.js';
import { type Worker, WorkerEnd } from './worker.js';

export interface EvaluationLimits {
  /** Milliseconds of one function. */
  timeLimitMs: number;
  /** Bytes of the whole evaluation. */
  memoryLimit: number;
  /** What helps where OSWorld's code cannot be loaded. Default: to install it. */
  repair?: string | undefined;
}

/** The worker's own limit comes first; this one is for a worker that does not keep it. */
const LATE_MS = 10_000;
/** Python modules of hundreds of megabytes, from a slow disk. */
const LOAD_LIMIT_MS = 120_000;
const END_LIMIT_MS = 10_000;

export class Evaluation {
  readonly #worker: Worker;
  readonly #subject: Subject;
  readonly #limits: EvaluationLimits;
  readonly #id = randomBytes(16).toString('hex');
  readonly #mirror: CacheMirror;
  #door: Disposable | undefined;
  #asking: Promise<unknown> = Promise.resolve();
  #calls = 0;
  /** Whether nothing stands between it and `end` but an answer that it waits for. */
  #canEnd = false;
  #ended: Ended | undefined;

  constructor(worker: Worker, subject: Subject, limits: EvaluationLimits) {
    this.#worker = worker;
    this.#subject = subject;
    this.#limits = limits;
    this.#mirror = new CacheMirror(subject.cacheDir);
  }

  async #begin(first: FunctionName): Promise<void> {
    const { endpoints, agentSocket, signal, platform, clientPassword, functions = [] } = this.#subject;
    const { timeLimitMs, memoryLimit } = this.#limits;
    await this.#worker.send({
      ...{ op: 'begin', evaluation: this.#id, functions: [first, ...functions] },
      ...{ platform, password: clientPassword, timeLimit: timeLimitMs, memoryLimit },
    });
    const { said } = await this.#worker.hear(LOAD_LIMIT_MS);
    if (!('begun' in said) || said.begun !== this.#id) throw this.#outOfTurn();
    this.#door = this.#worker.door.open({ endpoints, agentSocket, signal });
  }

  /** The function's value. One call after the other. Throws PythonError with what it raised, or an ArpoEnvError that names task and function. */
  async call(name: FunctionName, body: Record<string, unknown>): Promise<unknown> {
    const what = nameOf(name, this.#subject);
    try {
      const asking = this.#ask(name, body);
      this.#asking = asking.catch(() => undefined);
      return unwrapped(what, await asking, this.#limits);
    } catch (error) {
      if (error instanceof PythonError || error instanceof ArpoEnvError) throw error;
      throw new ArpoEnvError(failed(`${what} ${this.#how(error)}`), { cause: error });
    }
  }

  /** Afterwards the worker is ready for the next, if it is still usable. Bytes of memory that it holds then. */
  async end(): Promise<number> {
    this.#door?.[Symbol.dispose]();
    try {
      if (!this.#canEnd || !this.#worker.isUsable) throw new WorkerEnd('was left in the middle of a request');
      if (!this.#ended) await this.#worker.send({ op: 'end', evaluation: this.#id });
      // It hears the end of what it asked for, or the answer.
      await this.#asking;
      while (!this.#ended) await this.#hear(END_LIMIT_MS);
      return this.#ended.resident;
    } catch {
      this.#worker.condemn();
      return 0;
    }
  }

  async #ask([op, name]: FunctionName, body: Record<string, unknown>): Promise<Answer> {
    if (this.#ended) throw new EndedError(this.#ended);
    this.#canEnd = false;
    if (this.#calls === 0) await this.#begin([op, name]);
    const id = ++this.#calls;
    const { cacheDir } = this.#subject;
    for await (const { path, size, bytes } of this.#mirror.changed()) {
      await this.#worker.send({ op: 'file', evaluation: this.#id, path, size }, bytes());
    }
    const parts = await encode(body, { cacheDir, evaluation: this.#id });
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    await this.#worker.send({ op, evaluation: this.#id, id, name, size }, parts);
    this.#canEnd = true;
    const answer = await this.#hear(this.#limits.timeLimitMs + LATE_MS);
    if ('ended' in answer) throw new EndedError(answer);
    if (answer.id === id) return answer;
    throw this.#outOfTurn();
  }

  async #hear(withinMs: number): Promise<Answer | Ended> {
    const { from, said } = await this.#worker.hear(withinMs);
    if (from === 'evaluation') return said;
    if (!('ended' in said) || said.ended !== this.#id) throw this.#outOfTurn();
    this.#ended = said;
    return said;
  }

  #outOfTurn(): WorkerEnd {
    this.#worker.condemn();
    return new WorkerEnd('spoke out of turn');
  }

  #how(error: unknown): string {
    if (error instanceof WorkerEnd) return `was lost: its worker ${error.message}`;
    if (!(error instanceof EndedError)) return `failed: ${messageOf(error)}`;
    const { reason, code, signal, said } = error.ended;
    const words = oneLine(lastLine(said));
    switch (reason) {
      case 'time':
        return `took longer than ${this.#limits.timeLimitMs / 1000} s`;
      case 'memory':
        return `took more than ${sizeText(this.#limits.memoryLimit)} of memory`;
      case 'processes':
        return 'started too many processes';
      case 'rubbish':
        return 'answered what it was not asked';
      case 'end':
        return 'was ended';
      case 'exit':
      case 'signal': {
        const end = reason === 'exit' ? `ended its process with exit code ${code}` : `was ended by ${signal}`;
        return words === '' ? end : `${end}: ${words}`;
      }
    }
  }
}

class EndedError extends Error {
  readonly ended: Ended;

  constructor(ended: Ended) {
    super(`the evaluation ended: ${ended.reason}`);
    this.ended = ended;
  }
}

function unwrapped(what: string, answer: Answer, { repair }: EvaluationLimits): unknown {
  if ('value' in answer) return decodeValue(answer.value);
  if ('raised' in answer) throw new PythonError(answer.raised.type, answer.raised.message);
  throw new ArpoEnvError({
    code: 'E_EVALUATOR_UNAVAILABLE',
    message: `${what} cannot be called: ${answer.unusable}`,
    fix: repair ?? INSTALL_COMMAND,
  });
}

export function nameOf([op, name]: FunctionName, { id }: Subject): string {
  return `the ${op === 'get' ? 'getter' : 'metric'} ${name} of task ${id}`;
}

export function failed(message: string): Problem {
  return { code: 'E_EVALUATE_FAILED', message, fix: NOT_JUDGED };
}
