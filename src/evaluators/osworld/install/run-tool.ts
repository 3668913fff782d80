/** Runs pip or uv: it ends with us, and is tried again when only the network failed. */
import { maskCredentials } from '../../../config/mask.js';
import type { Argv, Followed, HostPrograms } from '../../../host/host.js';
import { tied } from '../../../host/local/tied.js';
import { doubling, retry } from '../../../lib/retry.js';
import { explainFailure, mayBeTriedAgain } from './explain.js';
import { type PackageSource, toolEnvironment } from './tool.js';

/** A gigabyte over a slow line. */
const LIMIT_MS = 3 * 3_600_000;
const ATTEMPTS = 2;

interface Surroundings {
  plan: { dir: string };
  machine: HostPrograms;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** Carries what the program said last. */
class Failed extends Error {
  constructor(readonly outcome: Followed) {
    super('failed');
  }
}

/** Throws what the failure means, or the signal's reason. */
export async function runTool(
  argv: Argv,
  source: PackageSource,
  { plan: { dir }, machine, signal, onProgress }: Surroundings,
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  const [program = '', ...args] = await tied(argv, 'TERM');
  try {
    await retry(
      async () => {
        const outcome = await machine.follow([program, ...args], {
          signal,
          timeoutMs: LIMIT_MS,
          env: toolEnvironment(source),
          onLine,
        });
        if (outcome.exitCode !== 0) throw new Failed(outcome);
      },
      {
        attempts: ATTEMPTS,
        delayMs: doubling(2000, 2000),
        signal,
        isRetryable: (error) => error instanceof Failed && mayBeTriedAgain(error.outcome),
        onRetry: () => onProgress('the network failed; once more'),
      },
    );
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { lines, exitCode } = error.outcome;
    const name = source.offline ?? source.indexUrl ?? 'the index of Python packages (PyPI)';
    const { offline, field } = source;
    throw explainFailure({ lines, exitCode, dir, source: maskCredentials(name), offline, field });
  }
}
