/** What no output shows. */
export const MASK = '(hidden)';

/** A URL may carry a token as `http://arpo:TOKEN@host`; the rest of it is shown. A mere user of `ssh://` is not a secret. */
export function maskCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)([^/\s@]+)@/g, (whole: string, scheme: string, login: string) =>
    scheme === 'ssh://' && !login.includes(':') ? whole : `${scheme}${MASK}@`,
  );
}
