/** PATTERNS of ssh_config(5), which known_hosts uses too. */

/** True when one of the patterns matches and none of those with a `!` before them does. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const matches = (pattern: string) => patternToRegExp(pattern.toLowerCase()).test(name.toLowerCase());
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** `*` is any run, `?` one character; all others stand for themselves. */
export function patternToRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$+.()|{}[\]]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`);
}
