/** What a desktop learns of the environment variables of whoever starts it. */
import type { Size } from '../machine.js';

/** Nothing else: the model can read all that a desktop knows. */
const PASSED = /^(PATH|LANG|LANGUAGE|LC_\w+|TZ|(https?|no)_proxy)$/i;

/** The agent's environment: what is harmless of `env`, its home directory and its screen. */
export function agentEnvironment(
  env: NodeJS.ProcessEnv,
  home: string,
  { width, height }: Size,
): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] => PASSED.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(passed),
    HOME: home,
    SCREEN_WIDTH: String(width),
    SCREEN_HEIGHT: String(height),
  };
}
