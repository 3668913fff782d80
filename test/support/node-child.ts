/** A child process that runs a line of JavaScript. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export class NodeChild implements AsyncDisposable {
  private constructor(
    readonly process: ChildProcess,
    /** The first thing that it wrote. */
    readonly greeting: string,
  ) {}

  /** Resolves once `code` has written something to stdout. `detached`: the leader of a process group. */
  static async start(code: string, options: { detached?: boolean } = {}): Promise<NodeChild> {
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    const [bytes] = (await once(child.stdout, 'data')) as [Buffer];
    return new NodeChild(child, bytes.toString().trim());
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** What ended it, null while it lives. */
  get endedBy(): string | number | null {
    return this.process.signalCode ?? this.process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.endedBy !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

export const OBEDIENT = `console.log('up'); setInterval(() => {}, 1000)`;
export const STUBBORN = `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`;
/** Says the pid of a child of its own, in its group. */
export const PARENT = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
console.log(child.pid);
setInterval(() => {}, 1000);`;
