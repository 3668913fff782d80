import { expect, it } from 'vitest';
import { missingRequirements } from '../../../../src/evaluators/osworld/install/whole.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

const SITE = 'lib/python3.11/site-packages';

/** What is missing of a package with this record, whose one file has two bytes. */
async function missing(name: string, record: string): Promise<string[]> {
  using folder = new TemporaryFolder({
    [`${SITE}/${name}/__init__.py`]: '#\n',
    [`${SITE}/${name}-1.0.dist-info/INSTALLER`]: 'pip\n',
    [`${SITE}/${name}-1.0.dist-info/RECORD`]: record,
  });
  return await missingRequirements(folder.path, [`${name}==1.0`], '3.11.7');
}

it.each([
  ['all files', 'one/__init__.py,sha256=x,2\n'],
  ['all files, their names quoted', '"one/__init__.py",sha256=x,2\n'],
  ['files without sizes', 'one/__init__.py,,\n'],
  ['what was compiled since', 'one/__pycache__/__init__.cpython-311.pyc,sha256=x,7\none/__init__.py,,2\n'],
])('has nothing to install where a package has %s', async (_, record) => {
  expect(await missing('one', record)).toEqual([]);
});

it.each([
  ['a file is missing', 'one/two.py,sha256=x,2\n'],
  ['a file without a size is missing', 'one/two.py,,\n'],
  ['a file is shorter', 'one/__init__.py,sha256=x,200\n'],
])('installs a package again where %s', async (_, record) => {
  expect(await missing('one', record)).toEqual(['one==1.0']);
});

it('does not look for what the wheel of easyocr lists and has not', async () => {
  expect(await missing('easyocr', 'easyocr/dict/en.txt,sha256=x,479758\n')).toEqual([]);
  expect(await missing('easyocr', 'easyocr/easyocr.py,sha256=x,5\n')).toEqual(['easyocr==1.0']);
});
