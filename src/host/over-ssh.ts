/** Another machine's programs, over the user's own ssh: the same contract as here. */
import { shellLine } from '../shell-words.js';
import type { Argv, HostRunner, RunOptions } from './host.js';

/** `ssh` is the whole command but for what it runs there. Its own failures have exit code 255 (ssh(1)). */
export function overSsh(here: HostRunner, ssh: Argv): HostRunner {
  return {
    run: (argv, options) => {
      const { signal, timeoutMs, input } = options;
      return here.run([...ssh, lineOf(argv, options)], { signal, timeoutMs, input });
    },
  };
}

/** sshd knows no argument lists, and the login shell may be any; a login has all groups that there are. */
function lineOf(argv: Argv, { as, env = {}, cwd }: RunOptions): string {
  const variables = Object.entries({ LC_ALL: 'C', ...env }).map(([name, value]) => `${name}=${value}`);
  const sudo = as === 'root' ? ['sudo', '-n', '--'] : [];
  const line = shellLine([...sudo, 'env', ...variables, ...argv]);
  return cwd === undefined ? line : `cd ${shellLine([cwd])} && ${line}`;
}
