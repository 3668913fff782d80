import { expect, it } from 'vitest';
import { holdsFor, withoutMarker } from '../../../../src/evaluators/osworld/install/markers.js';
import { nameOf, requirementLines, SETS } from '../../../../src/evaluators/osworld/installation.js';

it.each([
  ["a==1 ; python_full_version < '3.10'", '3.9.18', true],
  ["a==1 ; python_full_version < '3.10'", '3.10.0', false],
  ["a==1 ; python_full_version == '3.10.*'", '3.10.13', true],
  ["a==1 ; python_full_version == '3.1.*'", '3.10.13', false],
  ["a==1 ; python_full_version >= '3.10' and python_full_version < '3.11.5'", '3.11.4', true],
  ["a==1 ; python_full_version >= '3.10' and python_full_version < '3.11.5'", '3.11.5', false],
  ['a==1', '3.12.1', true],
])('%s for Python %s: %s', (requirement, version, holds) => {
  expect(holdsFor(requirement, version)).toBe(holds);
  expect(withoutMarker(requirement)).toBe('a==1');
});

it.each(
  SETS.flatMap((set) =>
    ['3.9.18', '3.10.13', '3.11.2', '3.11.7', '3.12.1'].map((version) => [set, version] as const),
  ),
)('the set %s names one version of each package for Python %s', async (set, version) => {
  const lines = await requirementLines(set);
  const held = lines.filter((line) => holdsFor(line, version));
  const names = held.map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  for (const line of held) expect(withoutMarker(line)).toMatch(/^[\w.-]+==[\w.]+$/);
  expect(names).toEqual(expect.arrayContaining(['numpy', 'lxml', 'pymupdf', 'playwright', 'soupsieve']));
});
