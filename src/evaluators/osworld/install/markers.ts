/** Which lines of a pinned list hold for a Python: the environment markers (PEP 508) that our lists use, and no others. */

/** Throws for a marker that our lists do not have. */
export function holdsFor(requirement: string, pythonVersion: string): boolean {
  const marker = requirement.split(';')[1]?.trim();
  if (marker === undefined || marker === '') return true;
  return marker.split(' and ').every((part) => compares(part, pythonVersion));
}

/** `numpy==1.26.4 ; …` without the marker. */
export function withoutMarker(requirement: string): string {
  return requirement.split(';')[0]?.trim() ?? '';
}

function compares(part: string, version: string): boolean {
  const [, operator = '', bound = ''] =
    /^python_full_version (<|<=|>|>=|==) '([\d.]+(?:\.\*)?)'$/.exec(part.trim()) ?? [];
  if (bound.endsWith('.*')) return version.startsWith(bound.slice(0, -1));
  const order = compareVersions(version, bound);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '==':
      return order === 0;
    default:
      throw new Error(`not a marker of ours: ${part}`);
  }
}

/** Of `3.11.7` and `3.12`, missing parts being 0. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split('.').map(Number));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
