/** Paths as requests write them: `~` and variables, as Python's `expandvars(expanduser(path))`. */
import { posix } from 'node:path';

/** Unknown variables stay as they are. A relative path is one in the home directory, where the agent runs. */
export function expandPath(
  path: string,
  environment: Readonly<Record<string, string>> & { readonly HOME: string },
): string {
  const fromHome = path.replace(/^~(?=\/|$)/, environment.HOME);
  const expanded = fromHome.replace(/\$(\w+)|\$\{([^}]*)\}/g, (token, plain?: string, braced?: string) => {
    return environment[plain ?? braced ?? ''] ?? token;
  });
  return posix.resolve(environment.HOME, expanded);
}
