/** The Python of a user's repo, and whether it can run the repo's env server. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { parseJson } from '../../lib/json.js';
import { shellQuote } from '../../shell-words.js';

/** Folders in which runbooks and READMEs make the virtual environment. */
const VENV_NAMES = ['.venv', 'arpo_env', 'venv'];
const CHECK_TIMEOUT_MS = 60_000;

/** What `find_spec` knows without importing the module itself, which may take a minute (torch). */
const FIND_MODULES = `
import importlib.util, json, sys
def found(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
print(json.dumps({name: found(name) for name in sys.argv[1:]}))
`;

export interface RepoPython {
  executable: string;
  /** What activating its venv would add to the environment; empty without a venv. */
  environment: Record<string, string>;
  /** Set when no venv was found. */
  warning?: string;
}

/** Throws E_ENGINE when the repo, the app's module or uvicorn is missing, each with its fix. */
export async function findRepoPython(repo: string, app: string, signal: AbortSignal): Promise<RepoPython> {
  if (!(await isDirectory(repo))) {
    throw engineError(
      `there is no folder ${repo}`,
      'name the clone of your repo with --repo, or make it with git clone --recurse-submodules',
    );
  }
  const python = await chooseInterpreter(repo);
  await checkModules(python.executable, repo, app, signal);
  return python;
}

async function chooseInterpreter(repo: string): Promise<RepoPython> {
  for (const name of VENV_NAMES) {
    const venv = join(repo, name);
    const executable = join(venv, 'bin', 'python');
    if (await isExecutable(executable)) {
      const path = [dirname(executable), process.env.PATH ?? ''].join(delimiter);
      return { executable, environment: { VIRTUAL_ENV: venv, PATH: path } };
    }
  }
  return {
    executable: 'python3',
    environment: {},
    warning: `${repo} has no venv (${VENV_NAMES.join(', ')}); using the python3 in PATH`,
  };
}

async function checkModules(python: string, repo: string, app: string, signal: AbortSignal): Promise<void> {
  const [module = ''] = app.split(':');
  const result = await execa(python, ['-c', FIND_MODULES, module, 'uvicorn'], {
    cwd: repo,
    reject: false,
    timeout: CHECK_TIMEOUT_MS,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  const found = parseFound(result.stdout ?? '');
  if (found === undefined) {
    const words = (result.stderr || result.originalMessage || 'no output').trim().split('\n').at(-1);
    throw engineError(
      `${python} cannot run in ${repo}: ${words}`,
      `make its venv: cd ${shellQuote(repo)} && python3 -m venv .venv`,
    );
  }
  if (!found[module]) {
    throw engineError(
      `${repo} has no module ${module}`,
      `expected ${module.replaceAll('.', '/')}.py there; name another with --app package.module:app`,
    );
  }
  if (!found.uvicorn) {
    throw engineError(
      `uvicorn is not installed for ${python}`,
      `install it: ${shellQuote(python)} -m pip install uvicorn`,
    );
  }
}

/** The parent package's own __init__ may have printed before it. */
function parseFound(stdout: string): Record<string, boolean> | undefined {
  return parseJson(stdout.trim().split('\n').at(-1) ?? '', z.record(z.string(), z.boolean()));
}

export function engineError(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_ENGINE', message, fix });
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
