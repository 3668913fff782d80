/** Paths as ssh_config has them. */
import { spawnSync } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * `~` is the account's home in the password database, wherever HOME points to, and `~name` that of another one: ssh's own rule. A name
 * that nobody has stays as it is.
 */
export function expandHome(path: string, home = accountHome()): string {
  const [, name, rest = ''] = /^~([^/]*)(\/.*)?$/s.exec(path) ?? [];
  if (name === undefined) return path;
  const folder = name === '' ? home : homeOf(name);
  return folder === null ? path : join(folder, rest);
}

/** Of any account: a directory of the organization's may know it, and so the file alone does not do (getent(1)). */
function homeOf(name: string): string | null {
  if (!/^[\w.@\\+-]+$/.test(name) || name.startsWith('-')) return null;
  const { stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8', timeout: GETENT_MS });
  return stdout?.split(':')[5] || null;
}

const GETENT_MS = 5000;

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
