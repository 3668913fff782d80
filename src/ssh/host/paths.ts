/** Paths as ssh_config has them. */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** `~` is the account's home in the password database, wherever HOME points to: ssh's own rule. */
export function expandHome(path: string, home = accountHome()): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

export function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir(); // an account without an entry there
  }
}

/**
 * The paths of a list, of which ssh prints no quotes: what does not begin as a path goes on with the one before it, such as
 * `/home/me/My Files/known_hosts`.
 */
export function splitPaths(list: string): string[] {
  const paths: string[] = [];
  for (const word of list.split(' ').filter(Boolean)) {
    const goesOn = /^[/~]/.test(paths.at(-1) ?? '') && !/^([/~$%]|none$)/.test(word);
    paths.push(goesOn ? `${paths.pop()} ${word}` : word);
  }
  return paths;
}
