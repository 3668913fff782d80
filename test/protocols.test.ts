import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'docs/protocols';

/** Text files of ours that may cite a page. */
const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'templates', 'test'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /\.(ts|mjs|py|md|yaml|sh)$/.test(path) && existsSync(path));

/** A page and its sections, one or several, as comments write them. What is not a protocol page is not ours to judge. */
const CITATION = /([\w-]+\.md)((?: §\d+(?:, | to | and )?)+)/g;

const cited = sources.flatMap((path) =>
  [...readFileSync(path, 'utf8').matchAll(CITATION)].flatMap(([, page = '', sections = '']) =>
    [...sections.matchAll(/§(\d+)/g)].map(([, section = '']) => ({ path, page, section })),
  ),
);

it('finds what the code cites', () => {
  expect(cited.length).toBeGreaterThan(20);
});

it.each([...new Set(cited.map(({ page, section }) => `${page} §${section}`))])('%s exists', (name) => {
  const [page = '', section = ''] = name.split(' §');
  expect(existsSync(join(FOLDER, page)), `${FOLDER}/${page}`).toBe(true);
  expect(readFileSync(join(FOLDER, page), 'utf8')).toMatch(new RegExp(`^## ${section}\\. `, 'm'));
});

it('no comment names a document that is not in the repository', () => {
  const names = sources
    .filter((path) => path.startsWith('src/'))
    .flatMap((path) =>
      [
        ...readFileSync(path, 'utf8').matchAll(
          /\b(?:seeds? 0\d|DESIGN\.md|STYLE\.md|conformance[/ ][\w-]+)/gi,
        ),
      ].map(([words]) => `${path}: ${words}`),
    );
  expect(names).toEqual([]);
});
