/** OpenSSH's own sentences (clientloop.c, readconf.c, sshconnect.c, sshconnect2.c): at which point of a connection it gave up. */
import type { ErrorCode } from '../../errors.js';

export type SshStage =
  | 'config'
  | 'name'
  | 'tcp'
  | 'banner'
  /** Client and server have no algorithm in common. */
  | 'algorithms'
  | 'host-key'
  | 'key-file'
  | 'auth'
  /** After the login, or without a word. */
  | 'session';

/** The first that fits is the cause. */
const STAGES: readonly [words: RegExp, stage: SshStage][] = [
  [/Unable to negotiate with/, 'algorithms'],
  [/UNPROTECTED PRIVATE KEY FILE|bad permissions/, 'key-file'],
  [/HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known|REVOKED/, 'host-key'],
  [/Permission denied|Too many authentication failures|No (supported|more) authentication methods/, 'auth'],
  [
    /Bad configuration|Bad owner or permissions|terminating, \d+ bad|unknown option|Unsupported option/,
    'config',
  ],
  [/Could not resolve hostname/, 'name'],
  [/connect to host .*: /, 'tcp'],
  [/kex_exchange_identification|banner exchange|Connection (closed|reset) by/, 'banner'],
];

/** `said` is what it wrote to stderr. */
export function stageOf(said: string): SshStage {
  return STAGES.find(([words]) => words.test(said))?.[1] ?? 'session';
}

/** As our own client calls the same. */
export function codeOf(stage: SshStage): ErrorCode {
  switch (stage) {
    case 'config':
    case 'algorithms':
      return 'E_CONFIG';
    case 'host-key':
      return 'E_SSH_HOST_KEY';
    case 'key-file':
      return 'E_SSH_KEY_FILE';
    case 'auth':
      return 'E_SSH_AUTH';
    default:
      return 'E_SSH_HOST';
  }
}
