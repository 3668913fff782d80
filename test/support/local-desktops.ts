/** Local desktops that another process started, as root or as another user of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { desktopProcesses } from '../../src/providers/local/processes.js';
import type { LocalProviderOptions } from '../../src/providers/local/provider.js';
import { asUser } from './as-user.js';
import type { MachineUser } from './machine-user.js';
import { TemporaryFolder } from './temporary-folder.js';

/** Enters control groups. $1: their folders; the rest: what is run. */
const IN_GROUPS = 'for group in $1; do echo $$ > "$group/cgroup.procs" || exit; done; shift; exec "$@"';

interface LocalDesktopsOptions extends Omit<Partial<LocalProviderOptions>, 'env'> {
  count: number;
  /** Default: root. */
  user?: MachineUser | undefined;
  /** Folders of control groups that it starts in. */
  groups?: readonly string[] | undefined;
  /** Beside what every program needs. */
  env?: Record<string, string> | undefined;
}

interface Answer {
  output: string;
  error: string;
  returncode: number;
}

interface Said {
  desktops: { id: string; endpoints: string[] }[];
  warnings: string[];
}

export class LocalDesktops implements AsyncDisposable {
  #last: Promise<unknown> = Promise.resolve();
  readonly #lines: AsyncIterator<string>;

  private constructor(
    readonly child: ChildProcess,
    readonly said: Said,
    lines: AsyncIterator<string>,
    readonly folder: TemporaryFolder,
    /** The state folder. */
    readonly state: string,
  ) {
    this.#lines = lines;
  }

  static async start({ user, groups = [], env, ...options }: LocalDesktopsOptions): Promise<LocalDesktops> {
    const folder = new TemporaryFolder();
    chmodSync(folder.path, 0o755);
    const argv = asUser(
      folder,
      user,
      ['test/support/local-desktops.mjs', JSON.stringify(options)],
      ['sh', '-c', IN_GROUPS, 'in-groups', groups.join(' ')],
    );
    const [program = '', ...args] = argv;
    const home = user?.home ?? '/root';
    const state = { HOME: home, ARPO_ENV_STATE_DIR: stateOf(folder, user), LANG: 'C.UTF-8' };
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, ...state, ...env },
      cwd: '/',
    });
    let words = '';
    child.stderr.on('data', (bytes: Buffer) => {
      words = `${words}${bytes}`.slice(-2000);
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done) throw new Error(`it ended before its desktops were there: ${words}`);
    const said = JSON.parse(value) as Said;
    if (said.desktops.length === 0) throw new Error(said.warnings.join('\n'));
    return new LocalDesktops(child, said, lines, folder, stateOf(folder, user));
  }

  /** What a script does that runs in a desktop: one after the other. */
  run(desktop: number, script: string): Promise<Answer> {
    return this.#ask({ desktop, script });
  }

  /** What an env server gets when it fetches this file of a desktop's. */
  file(desktop: number, file: string): Promise<Answer> {
    return this.#ask({ desktop, file });
  }

  /** What an env server gets when it looks at a desktop's tabs. */
  tabs(desktop: number): Promise<Answer> {
    return this.#ask({ desktop, tabs: true });
  }

  #ask(request: object): Promise<Answer> {
    const answer = this.#last.then(async () => {
      this.child.stdin?.write(`${JSON.stringify(request)}\n`);
      return JSON.parse((await this.#lines.next()).value) as Answer;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** The URLs of all doors. */
  get doors(): URL[] {
    return this.said.desktops.flatMap(({ endpoints }) => endpoints.map((text) => new URL(text)));
  }

  /** Folders of a desktop's control groups. */
  groupsOf(desktop: number): string[] {
    const record = JSON.parse(readFileSync(join(this.#folderOf(desktop), 'desktop.json'), 'utf8'));
    return (record as { group: { path: string }[] }).group.map(({ path }) => path);
  }

  /** Bytes. */
  logSize(desktop: number): number {
    return statSync(join(this.#folderOf(desktop), 'desktop.log')).size;
  }

  /** Bytes of memory that the process has which started them. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  #folderOf(desktop: number): string {
    return join(this.state, 'desktops', this.said.desktops[desktop]?.id ?? '');
  }

  /** Pids on this machine. */
  processesOf(desktop: number): Promise<number[]> {
    return desktopProcesses(this.said.desktops[desktop]?.id ?? '');
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

/** Of another user's, it lies in that user's home. */
function stateOf(folder: TemporaryFolder, user: MachineUser | undefined): string {
  return join(user?.home ?? folder.path, 'state');
}
