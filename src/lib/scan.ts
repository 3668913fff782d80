/** Steps through a text with sticky patterns. */

/** Where the pattern's match at `at` ends; null when it does not match there. */
export function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Where matches in a row end. A loop, because a long repetition of alternatives overflows the pattern's own stack. */
export function skipMatches(pattern: RegExp, text: string, at: number): number {
  let end = at;
  for (let next = matchEnd(pattern, text, end); next !== null; next = matchEnd(pattern, text, end))
    end = next;
  return end;
}

/** Text for a problem: one line, not too long. */
export function excerpt(source: string, at: number): string {
  return JSON.stringify(source.slice(at, at + 60));
}
