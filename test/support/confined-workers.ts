/** Workers of OSWorld's evaluators that another process started, as root or as another user of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ConfinementOptions } from '../../src/evaluators/osworld/confine/confinement.js';
import type { Inside } from '../../src/evaluators/osworld/confine/contract.js';
import { asUser } from './as-user.js';
import type { MachineUser } from './machine-user.js';
import { TemporaryFolder } from './temporary-folder.js';

interface Options extends Partial<ConfinementOptions> {
  /** Default: root. */
  user?: MachineUser | undefined;
  env?: Record<string, string> | undefined;
}

interface Said {
  pid: number;
  problem: { message: string; fix: string } | null;
  warning: string | null;
}

interface Started {
  worker: number;
  /** Of its outermost process. */
  pid: number;
  /** Folder of its door. */
  door: string;
  inside: Inside;
}

interface Ended {
  stdout: string;
  stderr: string;
  how: string;
}

export class ConfinedWorkers implements AsyncDisposable {
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly child: ChildProcess,
    readonly said: Said,
    readonly lines: AsyncIterator<string>,
    readonly folder: TemporaryFolder,
  ) {}

  static async begin({ user, env, ...options }: Options = {}): Promise<ConfinedWorkers> {
    const folder = new TemporaryFolder();
    chmodSync(folder.path, 0o755);
    const given = JSON.stringify({ confine: true, memoryLimit: 2 ** 28, ...options });
    const [program = '', ...args] = asUser(folder, user, ['test/support/confined-workers.mjs', given]);
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, HOME: user?.home ?? '/root', LANG: 'C.UTF-8', ...env },
      cwd: '/',
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const said = JSON.parse((await lines.next()).value) as Said;
    return new ConfinedWorkers(child, said, lines, folder);
  }

  start(program: readonly string[], readable: readonly string[] = []): Promise<Started> {
    return this.#ask<Started>({ method: 'start', program, readable });
  }

  /** Waits for its end. */
  end({ worker }: Started): Promise<Ended> {
    return this.#ask<Ended>({ method: 'end', worker });
  }

  async run(program: readonly string[], readable: readonly string[] = []): Promise<Ended> {
    return this.end(await this.start(program, readable));
  }

  /** Its door leads to this URL. */
  open({ worker }: Started, url: URL): Promise<null> {
    return this.#ask({ method: 'open', worker, url: url.href });
  }

  close({ worker }: Started): Promise<null> {
    return this.#ask({ method: 'close', worker });
  }

  /** A line on its descriptor 3; resolves with the next one on its descriptor 4. */
  request({ worker }: Started, line: string): Promise<string> {
    return this.#ask({ method: 'request', worker, line });
  }

  dispose({ worker }: Started): Promise<null> {
    return this.#ask({ method: 'dispose', worker });
  }

  #ask<Answer>(request: object): Promise<Answer> {
    const answer = this.#last.then(async () => {
      this.child.stdin?.write(`${JSON.stringify(request)}\n`);
      const said = JSON.parse((await this.lines.next()).value) as { answer: Answer; error?: string };
      if (said.error !== undefined) throw new Error(said.error);
      return said.answer;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.stdin?.end();
      await ended;
    }
    this.folder[Symbol.dispose]();
  }
}
