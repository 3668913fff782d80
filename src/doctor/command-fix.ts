/** A fix that is one command: what is shown is what is run. */

import type { Host } from '../host/host.js';
import { shellLine } from '../shell-words.js';
import type { Fix } from './check.js';

const LIMIT_MS = 600_000;

export function commandFix(machine: Host, argv: readonly [string, ...string[]]): Fix {
  const command = shellLine(argv);
  return {
    command,
    async apply(signal) {
      const { exitCode, stderr } = await machine.run(argv, { signal, timeoutMs: LIMIT_MS });
      if (exitCode === 0) return;
      const words = stderr.trim().split('\n').at(-1);
      throw new Error(words || `it ended with exit code ${exitCode ?? 'none, after its time limit'}`);
    },
  };
}
