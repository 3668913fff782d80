import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../src/errors.js';

const file = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const readme = readFileSync(file('README.md'), 'utf8');

test('the troubleshooting table is the table of error codes', () => {
  const rows = [...readme.matchAll(/^\| `(E_[A-Z0-9_]+)` \| (\d) \| (.+?) \| .+ \|$/gm)];
  const documented = Object.fromEntries(
    rows.map(([, code, exit, title]) => [code, { title, exit: Number(exit) }]),
  );
  const real = Object.entries(ERROR_CODES).map(([code, { title, exit }]) => [code, { title, exit }]);
  expect(documented).toEqual(Object.fromEntries(real));
});

test('every command that the documents name exists', async () => {
  const { stdout } = await execa(process.execPath, [file('bin/arpo-env.js'), '--help']);
  const text = readme + readFileSync(file('CONTRIBUTING.md'), 'utf8');
  const named = new Set([...text.matchAll(/`arpo-env ([a-z][a-z-]+)/g)].map((match) => match[1]));
  expect(named.size).toBeGreaterThan(5);
  for (const command of named) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
});

test('every npm script that the documents name exists', () => {
  const { scripts } = JSON.parse(readFileSync(file('package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const text = readme + readFileSync(file('CONTRIBUTING.md'), 'utf8');
  for (const [, script] of text.matchAll(/npm run ([a-z0-9:-]+)/g))
    expect(Object.keys(scripts)).toContain(script);
});
