/** VMware's vmrun: each command awaited, its exit checked, with a deadline. Needs nothing but the program. */
import { execa } from 'execa';
import type { ArpoEnvError } from '../../errors.js';
import { identifyProcess, type ProcessIdentity } from '../../host/process.js';
import { messageOf } from '../../lib/errno.js';
import { type FailureContext, hangError, isNotPoweredOn, vmrunError } from './errors.js';
import type { VmrunProgram } from './find-vmrun.js';
import { machinePath } from './machine-path.js';
import { messagesSince } from './vmware-log.js';

/** Milliseconds that each may take: what copies memory takes as long as the disk does. */
const LIMITS = {
  list: 30_000,
  listSnapshots: 30_000,
  start: 180_000,
  stopSoft: 45_000,
  stopHard: 60_000,
  pause: 30_000,
  revertToSnapshot: 180_000,
  snapshot: 300_000,
  clone: 300_000,
};
export type VmrunLimits = Partial<typeof LIMITS>;
const OUTPUT_LIMIT = 1024 ** 2;

export interface VmrunOptions {
  program: VmrunProgram;
  /** Of the process; vmrun gets no token of ours. */
  env: NodeJS.ProcessEnv;
  /** Other limits, in milliseconds; for tests. */
  limits?: VmrunLimits | undefined;
  /** Hears of each vmrun that changes a machine, and null when it has ended: one that outlives us goes on. */
  onRun?: ((runs: ProcessIdentity | null) => Promise<void>) | undefined;
}

interface Call {
  words: readonly string[];
  doing: string;
  vmx?: string;
  limit: keyof typeof LIMITS;
}

interface Answer {
  said: string;
  isOk: boolean;
  error(): Promise<ArpoEnvError>;
}

export class Vmrun {
  readonly program: VmrunProgram;
  readonly #options: VmrunOptions;

  constructor(options: VmrunOptions) {
    this.#options = options;
    this.program = options.program;
  }

  /** The same, whose runs `onRun` hears of. */
  watched(onRun: VmrunOptions['onRun']): Vmrun {
    return new Vmrun({ ...this.#options, onRun });
  }

  /** Absolute paths of the .vmx files of all that run, of this user. */
  async list(signal: AbortSignal): Promise<string[]> {
    const said = await this.#ok(
      { words: ['list'], doing: 'list the virtual machines that run', limit: 'list' },
      signal,
    );
    return lines(said).filter((line) => !/^Total running VMs:/i.test(line));
  }

  async isRunning(vmx: string, signal: AbortSignal): Promise<boolean> {
    const [wanted, ...running] = await Promise.all([vmx, ...(await this.list(signal))].map(machinePath));
    return running.includes(wanted ?? vmx);
  }

  /** Names, oldest first. */
  async snapshots(vmx: string, signal: AbortSignal): Promise<string[]> {
    const doing = `list the snapshots of ${vmx}`;
    const said = await this.#ok(
      { words: ['listSnapshots', vmx], doing, vmx, limit: 'listSnapshots' },
      signal,
    );
    return lines(said).filter((line) => !/^Total snapshots:/i.test(line));
  }

  /** Resolves when it is powered on, long before its guest answers. One that runs already stays as it is. */
  async start(vmx: string, window: 'gui' | 'nogui', signal: AbortSignal): Promise<void> {
    await this.#ok({ words: ['start', vmx, window], doing: `start ${vmx}`, vmx, limit: 'start' }, signal);
  }

  /** Shut down by its guest where VMware Tools run, else powered off. One that is off already is fine. */
  async stop(vmx: string, signal: AbortSignal, how: 'soft' | 'hard' = 'soft'): Promise<void> {
    if (how === 'soft') {
      const soft = {
        words: ['stop', vmx, 'soft'],
        doing: `shut ${vmx} down`,
        vmx,
        limit: 'stopSoft',
      } as const;
      const answer = await this.#call(soft, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        return { isOk: false, said: messageOf(error) };
      });
      if (answer.isOk || isNotPoweredOn(answer.said)) return;
    }
    const hard = await this.#call(
      { words: ['stop', vmx, 'hard'], doing: `power ${vmx} off`, vmx, limit: 'stopHard' },
      signal,
    );
    if (!hard.isOk && !isNotPoweredOn(hard.said) && !/cannot be found/i.test(hard.said))
      throw await hard.error();
  }

  async pause(vmx: string, signal: AbortSignal): Promise<void> {
    await this.#ok({ words: ['pause', vmx], doing: `pause ${vmx}`, vmx, limit: 'pause' }, signal);
  }

  async unpause(vmx: string, signal: AbortSignal): Promise<void> {
    await this.#ok({ words: ['unpause', vmx], doing: `resume ${vmx}`, vmx, limit: 'pause' }, signal);
  }

  /** The machine is off or suspended afterwards, whatever it was: `start` is what follows. */
  async revert(vmx: string, name: string, signal: AbortSignal): Promise<void> {
    const doing = `revert ${vmx} to its snapshot ${name}`;
    await this.#ok({ words: ['revertToSnapshot', vmx, name], doing, vmx, limit: 'revertToSnapshot' }, signal);
  }

  /** With its memory when it runs. */
  async snapshot(vmx: string, name: string, signal: AbortSignal): Promise<void> {
    const doing = `take the snapshot ${name} of ${vmx}`;
    await this.#ok({ words: ['snapshot', vmx, name], doing, vmx, limit: 'snapshot' }, signal);
  }

  /** False where VMware refuses because the snapshot has memory in it: only a machine that was off can be cloned. */
  async cloneLinked(
    vmx: string,
    target: string,
    snapshot: string,
    name: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const words = ['clone', vmx, target, 'linked', `-snapshot=${snapshot}`, `-cloneName=${name}`];
    const answer = await this.#call(
      { words, doing: `clone ${vmx} to ${target}`, vmx, limit: 'clone' },
      signal,
    );
    if (answer.isOk) return true;
    if (/should not be powered on/i.test(answer.said)) return false;
    throw await answer.error();
  }

  /** What a command that is expected to fail often says, and whether it succeeded: for the address. */
  ask(
    words: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ said: string; isOk: boolean }> {
    return this.#run(this.program.path, ['-T', this.program.type, ...words], timeoutMs, signal);
  }

  async #ok(call: Call, signal: AbortSignal): Promise<string> {
    const answer = await this.#call(call, signal);
    if (answer.isOk) return answer.said;
    throw await answer.error();
  }

  async #call({ words, doing, vmx, limit }: Call, signal: AbortSignal): Promise<Answer> {
    const { program, limits } = this.#options;
    const command = [program.path, '-T', program.type, ...words];
    const since = Date.now();
    const context = async (): Promise<FailureContext> => ({
      ...{ doing, vmx, command },
      messages: vmx === undefined ? [] : await messagesSince(vmx, since),
    });
    const timeoutMs = limits?.[limit] ?? LIMITS[limit];
    const { said, isOk, isLate } = await this.#run(program.path, command.slice(1), timeoutMs, signal);
    if (isLate) throw hangError(Math.ceil(timeoutMs / 1000), await context());
    return { said, isOk, error: async () => vmrunError(said, await context()) };
  }

  async #run(path: string, args: readonly string[], timeoutMs: number, signal: AbortSignal) {
    signal.throwIfAborted();
    const { env, onRun } = this.#options;
    const child = execa(path, args, {
      reject: false,
      extendEnv: false,
      env: environmentOf(env),
      // It asks for the password of an encrypted machine.
      stdin: 'ignore',
      timeout: timeoutMs,
      cancelSignal: signal,
      forceKillAfterDelay: 2000,
      maxBuffer: OUTPUT_LIMIT,
      stripFinalNewline: true,
    });
    if (onRun && child.pid !== undefined) await onRun(await identifyProcess(child.pid));
    const { exitCode, stdout, stderr, timedOut, failed, shortMessage } = await child;
    await onRun?.(null);
    signal.throwIfAborted();
    const said = [stdout, stderr].filter((text) => text !== '').join('\n');
    // Some commands say an error and exit with 0.
    const isOk = exitCode === 0 && !/^Error: /m.test(said);
    return {
      isOk,
      isLate: timedOut,
      said: failed && said === '' && exitCode === undefined ? (shortMessage ?? '') : said,
    };
  }
}

/** Of a program of VMware's: no token of ours, and English, as its words are matched. */
export function environmentOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { ARPO_ENV_TOKEN: _token, OSWORLD_TOKEN: _other, ...inherited } = env;
  return { ...inherited, LC_ALL: 'C' };
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
