/** Paths as ssh_config has them. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function expandHome(path: string, home = homedir()): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}
