/** The bench's own side of `supervise.mjs`: what it needs, what undoes what it made, a Python with packages, its time. */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MARK, UNDO_FILE } from './clean-up.mjs';
import { run } from './processes.mjs';

const CACHE = fileURLToPath(new URL('../../../.e2e-cache/', import.meta.url));
/** Not one of a home directory, which a desktop does not see. */
const PYTHON = '/usr/bin/python3';
const LIMIT_MINUTES = 5;

/** Temporary, and the bench's own; `os.tmpdir()` names it, too. */
export const folder = process.env[MARK] ?? '';
if (folder === '')
  stop('this runs under its supervisor', 'node test/bench/supervise.mjs NAME, or npm run bench:NAME');

process.stdin.resume().once('end', () => {
  const { [MARK]: _, TMPDIR: __, ...env } = process.env;
  const cleaner = fileURLToPath(new URL('clean-up.mjs', import.meta.url));
  spawn(process.execPath, [cleaner, folder], { env, detached: true, stdio: 'ignore' }).once('spawn', () =>
    process.kill(process.pid, 'SIGKILL'),
  );
});
process.stdin.unref();

/**
 * Ends the bench with one line and its fix when something is missing that it cannot make itself. `programs`: executables
 * and the Debian package of each. `prepare`: makes what it can; from its end on the bench has five minutes.
 */
export async function setUp({
  linux = false,
  root = false,
  programs = {},
  prepare,
  minutes = LIMIT_MINUTES,
} = {}) {
  if (linux && process.platform !== 'linux') stop('this bench needs Linux', 'run it in a Linux VM');
  if (root && process.getuid?.() !== 0) stop('this bench needs root', 'sudo npm run bench:NAME');
  const missing = Object.entries(programs).filter(([program]) => findProgram(program) === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
    stop(
      `not installed: ${missing.map(([program]) => program).join(', ')}`,
      `sudo apt-get install ${packages}`,
    );
  }
  await prepare?.();
  const late = () =>
    stop(`not done after ${minutes} minutes`, 'run it when this machine has nothing else to do');
  setTimeout(late, minutes * 60_000).unref();
}

/** Says what is the matter and what helps, and ends the bench. */
export function stop(message, fix) {
  console.error(`✗ ${message}\n→ ${fix}`);
  process.exit(1);
}

/** This command is run once the bench and its processes have ended, however that was. Say it before what it undoes is made. */
export function atEnd(command, ...args) {
  appendFileSync(join(folder, UNDO_FILE), `${JSON.stringify([command, ...args])}\n`);
}

/** Also in the sbin folders, which a user's PATH often lacks. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((one) => join(one, name)).find((file) => existsSync(file));
}

/** A Python in which `test` (a program) runs; made in .e2e-cache/NAME with these packages when there is none. */
export async function pythonWith(name, packages, test = `import ${packages.join(', ')}`) {
  const environment = join(CACHE, name);
  const python = join(environment, 'bin/python');
  if (await succeeds(python, '-c', test)) return python;
  console.error(`making ${environment} with ${packages.join(', ')}`);
  const fix = 'sudo apt-get install python3-venv; is pypi.org reachable?';
  try {
    await run(PYTHON, '-m', 'venv', '--clear', environment);
    await run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages);
    await run(python, '-c', test);
  } catch (error) {
    stop(`no Python with ${packages.join(', ')}: ${error.message.trim().split('\n').at(-1)}`, fix);
  }
  return python;
}

function succeeds(...command) {
  return run(...command).then(
    () => true,
    () => false,
  );
}
