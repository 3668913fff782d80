import { closestMatch } from 'leven';

/** The known name that a person probably meant by an unknown one; undefined when none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const sameButForCase = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return (
    sameButForCase ?? closestMatch(name, known, { maxDistance: Math.max(2, Math.floor(name.length / 4)) })
  );
}
