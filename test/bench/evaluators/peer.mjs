/** The peer: a bare Python process that imports a metric's module and calls the metric on the same files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('bare.py', import.meta.url));

export class Peer {
  #child;
  #lines;

  constructor({ python, osworld }) {
    this.#child = spawn(python, [PROGRAM, osworld], { stdio: ['pipe', 'ignore', 'ignore', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdio[3] });
  }

  /** Calls the metric; `cpu` is this call's processor time, `total` the process's, in seconds. */
  async call(metric) {
    this.#child.stdin.write(`${JSON.stringify(metric)}\n`);
    const [line] = await once(this.#lines, 'line');
    const answer = JSON.parse(line);
    if (answer.value !== 1) throw new Error(`${metric.func}: ${line}`);
    return answer;
  }

  async end() {
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }
}
