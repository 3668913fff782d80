/** A fix that is one command: what is shown is what is run. */
import { shellLine } from '../shell-words.js';
import type { Fix } from './check.js';
import type { System } from './system/system.js';

const LIMIT_MS = 600_000;

export function commandFix(system: System, argv: readonly [string, ...string[]]): Fix {
  const command = shellLine(argv);
  return {
    command,
    async apply(signal) {
      const { exitCode, stderr } = await system.run(argv, { signal, timeoutMs: LIMIT_MS });
      if (exitCode === 0) return;
      const words = stderr.trim().split('\n').at(-1);
      throw new Error(words || `it ended with exit code ${exitCode ?? 'none, after its time limit'}`);
    },
  };
}
