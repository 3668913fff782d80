/** What no output shows. */
export const MASK = '(hidden)';

/** A URL may carry a token as `http://arpo:TOKEN@host`; the rest of it is shown. */
export function maskCredentials(text: string): string {
  return text.replace(/(\w:\/\/)[^/\s@]+@/g, `$1${MASK}@`);
}
