import { closestMatch } from 'leven';

/** A text of megabytes is no slip of anybody's, and comparing takes long. */
const LONGEST = 200;

/** The known name that a person probably meant by an unknown one; undefined when none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined;
  const sameButForCase = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return (
    sameButForCase ?? closestMatch(name, known, { maxDistance: Math.max(2, Math.floor(name.length / 4)) })
  );
}
