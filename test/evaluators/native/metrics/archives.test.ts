import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../../src/evaluators/native/metrics/index.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

type Entries = Record<string, string>;

describe('compare_zip_files', () => {
  it.each<[string, Entries, Entries, boolean | number]>([
    ['the same entries', { a: '1', 'b/c': '2' }, { 'b/c': '2', a: '1' }, 1],
    ['another content', { a: '1' }, { a: '2' }, 0],
    ['another name', { a: '1' }, { b: '1' }, 0],
    ['one entry more', { a: '1', b: '1' }, { a: '1' }, 0],
    ['the same PDF', { 'a.pdf': '1' }, { 'a.pdf': '1' }, 1],
    ['another PDF and another text', { 'a.pdf': '1', b: '1' }, { 'a.pdf': '2', b: '2' }, 0],
  ])('scores %s', async (_, actual, gold, score) => {
    using folder = new TemporaryFolder();
    expect(await compare(folder, actual, gold)).toBe(score);
  });

  it('cannot tell whether two PDF files say the same', async () => {
    using folder = new TemporaryFolder();
    await expect(compare(folder, { 'a.PDF': '1' }, { 'a.PDF': '2' })).rejects.toMatchObject({
      name: 'UnavailableError',
    });
  });

  it('raises for what is not an archive, and scores what is not there', async () => {
    using folder = new TemporaryFolder({ text: 'no archive' });
    const gold = await archive(folder, 'gold.zip', {});
    const judge = METRICS.get('compare_zip_files');
    await expect(judge?.(join(folder.path, 'text'), gold, {})).rejects.toMatchObject({ name: 'BadZipFile' });
    expect(await judge?.(null, gold, {})).toBe(0);
  });
});

describe('check_transition', () => {
  const slide = (inner: string) =>
    `<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld/>${inner}</p:sld>`;

  it.each([
    ['<p:transition><p:dissolve/></p:transition>', 0, true],
    ['<p:transition><p:fade/></p:transition>', 0, false],
    ['<p:timing><p:dissolve/></p:timing>', 0, false],
    ['<p:transition><p:dissolve/></p:transition>', 1, 0],
  ])('looks in %s, slide %d', async (inner, slide_idx, score) => {
    using folder = new TemporaryFolder();
    const presentation = await archive(folder, 'a.pptx', { 'ppt/slides/slide1.xml': slide(inner) });
    const rules = { slide_idx, transition_type: 'dissolve' };
    expect(await METRICS.get('check_transition')?.(presentation, rules, {})).toBe(score);
  });
});

async function compare(folder: TemporaryFolder, actual: Entries, gold: Entries): Promise<unknown> {
  const [first, second] = [
    await archive(folder, 'actual.zip', actual),
    await archive(folder, 'gold.zip', gold),
  ];
  return METRICS.get('compare_zip_files')?.(first, second, {});
}

async function archive(folder: TemporaryFolder, name: string, entries: Entries): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(
    path,
    zipSync(Object.fromEntries(Object.entries(entries).map(([entry, text]) => [entry, strToU8(text)]))),
  );
  return path;
}
