/** Processes of a bench: started, ended, and what /proc says of them. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Kernel clock ticks per second of /proc/PID/stat; 100 on every Linux that Node supports. */
const TICKS = 100;
const GRACE_MS = 10_000;

/** To its end; resolves to what it wrote on stdout. Throws with its stderr in the message. */
export async function run(command, ...args) {
  return (await promisify(execFile)(command, args, { maxBuffer: 64 << 20 })).stdout.trim();
}

/** A program that prints a line when it is ready, and then goes on. */
export function startProgram(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const lines = child.stdout ? createInterface({ input: child.stdout }) : null;
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  return {
    pid: child.pid,
    lines,
    signal: (name) => child.kill(name),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    /** Rejects when it ends instead. */
    nextLine: () =>
      Promise.race([
        once(lines, 'line').then(([line]) => line),
        exited.then((how) => Promise.reject(new Error(`${[command, ...args].join(' ')} ended: ${how}`))),
      ]),
    /** Ends it, and as a leader of a process group (`detached`) the whole group. */
    async stop(signal = 'SIGTERM') {
      if (this.hasEnded()) return;
      const target = options.detached ? -child.pid : child.pid;
      process.kill(target, signal);
      const killer = setTimeout(() => process.kill(target, 'SIGKILL'), GRACE_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}

/** `pid` and everything below it. */
export function family(pid) {
  const children = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = Number(stat(name)?.[1]);
    if (parent) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (one) => [one, ...(children.get(one) ?? []).flatMap(below)];
  return below(pid);
}

/** Processor time of these processes until now. */
export function cpuSeconds(pids) {
  // utime and stime: fields 14 and 15 of proc(5)
  return sum(pids, (pid) => (Number(stat(pid)?.[11] ?? 0) + Number(stat(pid)?.[12] ?? 0)) / TICKS);
}

/** As `cpuSeconds`, with that of the children that they have waited for. */
export function cpuSecondsOfAll(pids) {
  // cutime and cstime: fields 16 and 17
  return sum(
    pids,
    (pid) => [11, 12, 13, 14].reduce((total, field) => total + Number(stat(pid)?.[field] ?? 0), 0) / TICKS,
  );
}

/** The most that they ever held in memory. */
export function peakMegabytes(pids) {
  return sum(pids, (pid) => kilobytes(`/proc/${pid}/status`, 'VmHWM') / 1024);
}

/** What they hold in memory now, with their share of what they share. */
export function ownMegabytes(pids) {
  return sum(pids, (pid) => kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss') / 1024);
}

function sum(pids, read) {
  return pids.reduce((total, pid) => total + read(pid), 0);
}

function kilobytes(file, key) {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(read(file))?.[1] ?? 0);
}

/** Fields of proc(5) from the state on; undefined when the process has ended. */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Empty when the process has ended. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
