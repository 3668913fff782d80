/** Causes that any command can fail for, told from what programs print (with LC_ALL=C). */
import type { Problem } from '../errors.js';
import type { CommandFailure } from './step.js';

interface Cause {
  words: RegExp;
  problem: Problem;
}

const CAUSES: readonly Cause[] = [
  {
    words: /no space left on device|disk full|enough free space|disk quota exceeded/i,
    problem: {
      code: 'E_DISK_FULL',
      message: 'the disk is full',
      fix: 'free some space, or make the disk larger: df -h',
    },
  },
  {
    words: /sudo: (a password is required|a terminal is required)|is not in the sudoers file/i,
    problem: {
      code: 'E_NO_SUDO',
      message: 'sudo no longer gives root',
      fix: 'run it in a terminal, as a user who may use sudo',
    },
  },
  {
    words:
      /could not resolve|temporary failure (in name resolution|resolving)|no such host|name or service not known|network is unreachable|connection (refused|timed out|reset)|failed to connect|couldn't connect|i\/o timeout|unable to connect/i,
    problem: {
      code: 'E_SETUP_STEP',
      message: 'the network does not reach what is needed',
      fix: 'check it with curl -sSI on the address above; behind a proxy set http_proxy and https_proxy; without any network use --offline DIR',
    },
  },
  {
    words:
      /certificate (verify failed|is not trusted|problem)|self.signed certificate|unable to get local issuer/i,
    problem: {
      code: 'E_SETUP_STEP',
      message: "a server's certificate is not trusted here",
      fix: "install your organization's root certificate: sudo cp root.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates",
    },
  },
  {
    words: /permission denied/i,
    problem: {
      code: 'E_NO_PERMISSION',
      message: 'this user may not do that',
      fix: 'check the permissions: ls -ld on the path above',
    },
  },
];

/** Null when the lines name none of them. The last line that names one decides. */
export function explainCommon({ lines }: Pick<CommandFailure, 'lines'>): Problem | null {
  for (const line of lines.toReversed()) {
    const cause = CAUSES.find(({ words }) => words.test(line));
    if (cause !== undefined) return cause.problem;
  }
  return null;
}
