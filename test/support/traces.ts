/**
 * What there is on this machine of a program that a test started, and of its desktops: told by a mark in the environment and
 * by descent, so that what other tests run at the same time is not counted.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import {
  identifyProcess,
  identifyProcesses,
  isRunning,
  type ProcessIdentity,
} from '../../src/host/process.js';
import { commandLine, descendants } from '../../src/host/process-table.js';
import { processesWith } from './marked-processes.js';

/** Desktops take over what sets the language, in a sandbox too. */
const VARIABLE = 'LC_ARPO_ENV_TEST';
const GROUPS = '/sys/fs/cgroup';
/** Only ends a test that fails. */
const START_LIMIT_MS = 90_000;
/** Episodes' downloads are kept there on purpose. */
const CACHE = /^arpo-env-\d+$/;

export class Traces {
  /** To be put into the environment of the program. */
  readonly variables = { [VARIABLE]: randomUUID() };
  readonly #known = new Map<string, ProcessIdentity>();
  /** In the names of control groups. */
  readonly #names = new Set<string>();

  /** `desktops`: a folder for each; `temporary`: the program's TMPDIR. Both are the program's alone. */
  constructor(
    private readonly desktops: string,
    private readonly temporary: string,
  ) {}

  /** Keeps in mind what is of process `pid` by now. */
  async note(pid: number): Promise<void> {
    this.#names.add(`probe-${pid}`);
    for (const name of await list(this.desktops)) this.#names.add(name);
    const pids = [pid, ...(await descendants(pid)), ...(await this.#marked())];
    for (const identity of await identifyProcesses(pids))
      this.#known.set(`${identity.pid} ${identity.startTime}`, identity);
  }

  /** Notes it again and again until it has a descendant with this in its command line, whose pid it returns. */
  async noteUntil(pid: number, program: string): Promise<number> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      await this.note(pid);
      for (const below of await descendants(pid))
        if ((await commandLine(below)).includes(program)) return below;
      if ((await identifyProcess(pid)) === null) throw new Error(`it ended before it had started ${program}`);
    }
    throw new Error(`it has not started ${program} within ${START_LIMIT_MS / 1000} s`);
  }

  /** Pids of what still runs. */
  async processes(): Promise<number[]> {
    const known = [...this.#known.values()];
    const alive = await Promise.all(known.map(isRunning));
    const running = known.filter((_, index) => alive[index]).map(({ pid }) => pid);
    return [...new Set([...running, ...(await this.#marked())])];
  }

  /** Each thing that is left, in words. */
  async left(): Promise<string[]> {
    const pids = await this.processes();
    const lines = pids.map(async (pid) => `pid ${pid}: ${(await commandLine(pid)).slice(0, 150)}`);
    const found = [Promise.all(lines), this.#mounts(), this.#groups(), this.#files(), this.#displays()];
    return (await Promise.all(found)).flat();
  }

  #marked(): Promise<number[]> {
    return processesWith(`${VARIABLE}=${this.variables[VARIABLE]}`);
  }

  async #files(): Promise<string[]> {
    const temporary = (await list(this.temporary)).filter((name) => !CACHE.test(name));
    const desktops = await list(this.desktops);
    return [
      ...desktops.map((name) => join(this.desktops, name)),
      ...temporary.map((name) => join(this.temporary, name)),
    ];
  }

  async #mounts(): Promise<string[]> {
    const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
    return lines.filter((line) => [this.desktops, this.temporary].some((folder) => line.includes(folder)));
  }

  async #groups(): Promise<string[]> {
    const tests = [...this.#names].flatMap((name) => ['-o', '-name', `arpo-env-${name}*`]).slice(1);
    const options = { reject: false } as const;
    const { stdout } = await execa('find', [GROUPS, '-type', 'd', '(', ...tests, ')'], options);
    return stdout.split('\n').filter(Boolean);
  }

  /** Of X servers outside a sandbox: their locks name them. */
  async #displays(): Promise<string[]> {
    const pids = [...this.#known.values()].map(({ pid }) => pid);
    const locks = (await list('/tmp'))
      .filter((name) => /^\.X\d+-lock$/.test(name))
      .map((name) => join('/tmp', name));
    const owners = await Promise.all(locks.map((lock) => readFile(lock, 'utf8').catch(() => '')));
    return locks.filter((_, index) => pids.includes(Number(owners[index])));
  }
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
