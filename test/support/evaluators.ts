/**
 * OSWorld's evaluators for suites that score with them: installed by our own installer, the built one, into a folder that
 * stays from one run to the next (`.e2e-cache/evaluators`).
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Installation, readInstallation } from '../../src/evaluators/osworld/installation.js';
import { retry } from '../../src/lib/retry.js';
import { CliSandbox } from './cli.js';

const FOLDER = fileURLToPath(new URL('../../.e2e-cache/evaluators', import.meta.url));
/** Of the first time: about three minutes on two busy cores. For `beforeAll(…, INSTALL_LIMIT_MS)`. */
export const INSTALL_LIMIT_MS = 900_000;
/** Between two looks at whether another process has installed them. */
const WAIT_MS = 2000;

/** Whether this machine has what the installer needs, for `describe.skipIf`. */
export function canInstallEvaluators(): boolean {
  const look = ['-c', 'import ensurepip, sys; sys.exit(not (3, 9) <= sys.version_info < (3, 13))'];
  return ['python3.11', 'python3.12', 'python3.10', 'python3'].some(
    (name) => spawnSync(name, look).status === 0,
  );
}

/** The set `core`, whole. Suites that ask at the same time, of other checkouts too, wait for one installation. */
export async function installedEvaluators(): Promise<Installation> {
  await using cli = new CliSandbox();
  const install = async () => {
    const { exitCode, stdout, stderr } = await cli.run(['evaluators', 'install', '--yes', '--json'], {
      ARPO_ENV_EVALUATORS_DIR: FOLDER,
      // pip's cache and its settings, and pyenv's versions.
      ...environment('HOME', 'XDG_CACHE_HOME', 'PYENV_ROOT', 'PYENV_VERSION'),
      ...environment(...Object.keys(process.env).filter((name) => /^(PIP|UV|SSL)_|_proxy$/i.test(name))),
    });
    if (exitCode !== 0) throw new Error(`the evaluators cannot be installed: ${stdout}${stderr}`);
  };
  await retry(install, {
    attempts: INSTALL_LIMIT_MS / WAIT_MS,
    delayMs: () => WAIT_MS,
    signal: AbortSignal.timeout(INSTALL_LIMIT_MS),
    isRetryable: (error) => error instanceof Error && error.message.includes('is installing or removing'),
  });
  const installation = await readInstallation({ dir: FOLDER });
  if (installation.problems.length > 0) throw new Error(JSON.stringify(installation.problems));
  return installation;
}

function environment(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
