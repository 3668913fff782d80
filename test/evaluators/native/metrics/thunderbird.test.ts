import { describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../../../support/temporary-folder.js';
import { judge } from './judge.js';

describe('check_thunderbird_prefs', () => {
  const expect1 = { expect: { a: { method: 're.I', ref: '^dark' } } };

  it('raises for a value that is not JSON, and for a rule that does not fit', async () => {
    using folder = new TemporaryFolder();
    const broken = folder.write('broken.js', 'user_pref("a", undefined);\n');
    await expect(judge('check_thunderbird_prefs', broken, expect1)).rejects.toMatchObject({
      name: 'JSONDecodeError',
    });
    const number = folder.write('number.js', 'user_pref("a", 1);\n');
    await expect(judge('check_thunderbird_prefs', number, expect1)).rejects.toMatchObject({
      name: 'TypeError',
    });
  });

  it('lets a key be expected or unexpected, expected first', async () => {
    using folder = new TemporaryFolder();
    const path = folder.write('prefs.js', '  user_pref("a", "Dark");  \n// user_pref("a", "light");\n');
    expect(await judge('check_thunderbird_prefs', path, { ...expect1, unexpect: expect1.expect })).toBe(1);
  });
});

describe('check_thunderbird_filter', () => {
  it('cuts a character off a last line without an end, as the reference does', async () => {
    using folder = new TemporaryFolder();
    const path = folder.write('rules.dat', 'name="f"\ncondition="ALL"');
    expect(await judge('check_thunderbird_filter', path, { expect: [{ condition: ['ALL'] }] })).toBe(0);
    expect(await judge('check_thunderbird_filter', path, { expect: [{ condition: [], name: 'f' }] })).toBe(1);
  });

  it('unescapes values', async () => {
    using folder = new TemporaryFolder();
    const path = folder.write(
      'rules.dat',
      `${String.raw`name="a \"b\" c\\d"`}\ncondition="OR (from,doesn't contain,"x, y")"\n`,
    );
    const expected = { name: String.raw`a "b" c\d`, condition: [`OR (from,doesn't contain,"x, y")`] };
    expect(await judge('check_thunderbird_filter', path, { expect: [expected] })).toBe(1);
  });

  it('raises for a filter without a name', async () => {
    using folder = new TemporaryFolder();
    const judged = judge('check_thunderbird_filter', folder.write('rules.dat', 'enabled="yes"\n'), {});
    await expect(judged).rejects.toMatchObject({ name: 'UnboundLocalError' });
  });
});

it('check_thunderbird_folder counts empty messages when duplicates stay', async () => {
  using folder = new TemporaryFolder();
  const [one, two] = [folder.write('one', 'FROM - x'), folder.write('two', 'FROM - FROM - x')];

  expect(await judge('check_thunderbird_folder', one, two)).toBe(1);
  expect(await judge('check_thunderbird_folder', one, two, { remove_duplicate: false })).toBe(0);
  expect(await judge('check_thunderbird_folder', [one, null], [two, two])).toBe(0);
  expect(await judge('check_thunderbird_folder', [one, two], [two, one])).toBe(1);
});
