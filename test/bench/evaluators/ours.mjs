/** Our judge, as an env server has it, on files that lie in an evaluation's folder already. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AgentClient } from '../../../dist/desktop/agent-client.js';
import { taskSchema } from '../../../dist/desktop/task.js';
import { createJudge } from '../../../dist/evaluators/engine.js';
import { cpuSecondsOfAll, family, ownMegabytes } from '../support/processes.mjs';

const NOWHERE = new URL('http://127.0.0.1:9/');
const endpoints = { agent: NOWHERE, cdp: NOWHERE, watch: NOWHERE, vlc: NOWHERE };

export class Ours {
  #judge;
  #folder;
  #count = 0;

  static async start(settings, folder) {
    const ours = new Ours();
    ours.#judge = await createJudge({ settings, platform: 'Linux' });
    ours.#folder = folder;
    // The thread of an evaluation is there since the reset.
    await ours.#judge.judge(
      ...ours.#prepare({ func: 'exact_match', result: rule('x'), expected: rule({ expected: 'x' }) }),
    );
    return ours;
  }

  /** Milliseconds of an evaluation of `metric`, whose files lie in the evaluation's folder. */
  async evaluate({ func, result, expected, options = {} }) {
    const [task, context] = this.#prepare({
      func,
      result: { type: 'cache_file', path: basename(result) },
      // What is there is not fetched.
      expected: { type: 'cloud_file', path: 'http://127.0.0.1:9/', dest: basename(expected) },
      options,
    });
    for (const file of [result, expected]) copyFileSync(file, join(context.cacheDir, basename(file)));
    const began = performance.now();
    const score = await this.#judge.judge(task, context);
    const took = performance.now() - began;
    if (score !== 1) throw new Error(`${func}: ${score}`);
    return took;
  }

  async end() {
    await this.#judge[Symbol.asyncDispose]();
  }

  #prepare(evaluator) {
    this.#count += 1;
    const cacheDir = join(this.#folder, `${process.pid}-${performance.now()}-${this.#count}`);
    mkdirSync(cacheDir, { recursive: true });
    return [
      taskSchema.parse({ id: 'bench', instruction: 'bench', evaluator }),
      {
        agent: new AgentClient(NOWHERE),
        endpoints,
        cacheDir,
        clientPassword: 'password',
        screen: { width: 1920, height: 1080 },
        actionHistory: [],
        signal: new AbortController().signal,
      },
    ];
  }
}

/** Processor time in seconds of this process and of all workers, those that have ended too. */
export function cpuOfAll() {
  return cpuSecondsOfAll(family(process.pid));
}

/** Megabytes of the workers. */
export function memoryOfWorkers() {
  return ownMegabytes(family(process.pid).slice(1));
}

function rule(rules) {
  return { type: 'rule', rules };
}
