/** One run of the Python env server: its process group, its output, when it answers and when it has ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { EnvClient } from '../../env-api/client.js';
import type { ArpoEnvError } from '../../errors.js';
import { endGroupAfterUs, type Survivor } from '../../host/local/survivor.js';
import { identifyProcess, type ProcessIdentity, sendSignal, terminateGroup } from '../../host/process.js';
import { urlOf } from '../../lib/addresses.js';
import { disposeOnce } from '../../lib/once.js';
import { sleep } from '../../lib/wait.js';
import { singleQuoted } from '../../shell-words.js';
import { engineError, type RepoPython } from './python.js';

export interface UvicornOptions {
  python: RepoPython;
  repo: string;
  /** `module:attribute` of the ASGI app. */
  app: string;
  host: string;
  port: number;
  /** PROVIDER and DOCKER_VM_READY_TIMEOUT, as the Python server reads them. */
  environment: Record<string, string>;
  logger: Logger;
}

const READY_POLL_MS = 100;
const EVIDENCE_LINES = 20;
/** Uvicorn waits for open requests on SIGTERM, and a reset may take an hour. */
const STOP_GRACE_MS = 5000;
/** A descendant that left the group may hold the pipes open; its output is not waited for. */
const DRAIN_MS = 1000;

/** Disposing ends the whole process group. */
export class UvicornRun implements AsyncDisposable {
  /** The leader of its process group. */
  readonly leader: Promise<ProcessIdentity>;
  /** Resolves once it has ended, with how, e.g. `exit code 1`. Never rejects. */
  readonly ended: Promise<string>;
  readonly #options: UvicornOptions;
  readonly #pid: number;
  readonly #drained: Promise<unknown>;
  /** Ends the group when this process is killed. */
  readonly #survivor: Promise<Survivor | null>;
  readonly #lastLines: string[] = [];
  readonly #ending = disposeOnce(() => this.#stop());

  /** Starts it; `untilReady` waits. */
  constructor(options: UvicornOptions) {
    this.#options = options;
    const { python, repo, app, host, port } = options;
    const child = spawn(python.executable, ['-m', 'uvicorn', app, '--host', host, '--port', String(port)], {
      cwd: repo,
      // A process group of its own, so that whatever it starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: childEnvironment(options),
    });
    const pid = child.pid ?? 0;
    this.#pid = pid;
    this.leader = identifyProcess(pid).then((identity) => identity ?? { pid, startTime: '' });
    this.ended = once(child, 'exit').then(
      ([code, signal]) => String(signal ?? `exit code ${code}`),
      (error: Error) => error.message,
    );
    this.#drained = once(child, 'close').catch(() => {});
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#onLine(line));
    }
    process.once('exit', this.#killAtExit);
    this.#survivor = pid === 0 ? Promise.resolve(null) : endGroupAfterUs(pid).catch(() => null);
  }

  /** Resolves when it answers HTTP. Throws E_ENGINE with its last lines when it ends or `deadlineMs` passes before. */
  async untilReady(deadlineMs: number, signal: AbortSignal): Promise<void> {
    const decided = new AbortController();
    try {
      const failure = await Promise.race([
        this.ended.then((how) => `ended (${how}) before it answered`),
        this.#untilAnswer(deadlineMs, AbortSignal.any([signal, decided.signal])),
      ]);
      if (failure === null) return;
      await this[Symbol.asyncDispose]();
      throw this.#notReady(failure);
    } finally {
      decided.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending[Symbol.asyncDispose]();
  }

  async #untilAnswer(deadlineMs: number, signal: AbortSignal): Promise<string | null> {
    const { host, port } = this.#options;
    const client = new EnvClient(urlOf(host, port), { signal });
    const routes = ['health', 'docs'];
    const deadline = performance.now() + deadlineMs;
    while (performance.now() < deadline) {
      for (const route of routes) if (await client.answers(route)) return null;
      await sleep(READY_POLL_MS, signal);
    }
    const urls = routes.map((route) => new URL(route, client.url));
    return `did not answer ${urls.join(' or ')} within ${deadlineMs / 1000} s`;
  }

  #onLine(line: string): void {
    this.#options.logger.info({ source: 'uvicorn' }, line);
    this.#lastLines.push(line);
    if (this.#lastLines.length > EVIDENCE_LINES) this.#lastLines.shift();
  }

  #notReady(failure: string): ArpoEnvError {
    const { app, repo, python } = this.#options;
    const output =
      this.#lastLines.length === 0
        ? ' and wrote nothing'
        : `; its last lines:\n${this.#lastLines.join('\n')}`;
    return engineError(
      `the Python env server ${app} ${failure}${output}`,
      `try it by hand: cd ${singleQuoted(repo)} && ${singleQuoted(python.executable)} -m uvicorn ${app}`,
    );
  }

  async #stop(): Promise<void> {
    const how =
      this.#pid === 0 ? 'exited' : await terminateGroup(await this.leader, { graceMs: STOP_GRACE_MS });
    process.off('exit', this.#killAtExit);
    await (await this.#survivor)?.[Symbol.asyncDispose]();
    if (how === 'survived')
      this.#options.logger.error({ pid: this.#pid }, 'the Python env server did not end on SIGKILL');
    else await Promise.race([this.#drained, delay(DRAIN_MS, undefined, { ref: false })]);
  }

  /** When this process ends at once (second Ctrl-C) there is no time for an orderly stop. */
  readonly #killAtExit = (): void => {
    if (this.#pid !== 0) sendSignal(-this.#pid, 'SIGKILL');
  };
}

function childEnvironment({ python, environment }: UvicornOptions): NodeJS.ProcessEnv {
  // It could not check the token, so it need not know it.
  const { ARPO_ENV_TOKEN: _token, ...inherited } = process.env;
  return { ...inherited, ...python.environment, ...environment, PYTHONUNBUFFERED: '1' };
}
