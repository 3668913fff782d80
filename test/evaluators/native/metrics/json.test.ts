import { describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../../../support/temporary-folder.js';
import { judge } from './judge.js';

/** Each value as PyYAML 6.0.3 reads it. */
const CONFIG = `
name: &name "Test Account"
name: Test Account
author: { name: *name, email: "Test@gmail.com" }
analytics: yes
port: 012
exponent: 1e3
million: 1_000_000
ratio: 1.5e+1
defaults: &defaults { lang: en }
site: { <<: *defaults, url: /x }
`;

describe('check_json with is_yaml', () => {
  const check = async (content: string, key: unknown[], ref: unknown) => {
    using folder = new TemporaryFolder();
    const rules = { expect: [{ key, method: 'eq', ref }] };
    return await judge('check_json', folder.write('_config.yml', content), rules, { is_yaml: true });
  };

  it.each([
    [['name'], 'Test Account'],
    [['author', 'name'], 'Test Account'],
    [['author', 'email'], 'Test@gmail.com'],
    [['analytics'], true],
    [['port'], 10],
    [['exponent'], '1e3'],
    [['million'], 1_000_000],
    [['ratio'], 15],
    [['site', 'lang'], 'en'],
  ])('finds %j = %j', async (key, ref) => {
    expect(await check(CONFIG, key, ref)).toBe(1);
  });

  it.each([
    ['another value', 'name: Your Name'],
    ['no such key', 'title: x'],
    ['no YAML', 'name: [Test Account'],
    ['a tag that PyYAML does not construct', 'name: !name Test Account'],
    ['a tab between tokens', 'name:\tTest Account'],
    ['a tab in a plain text', 'name: Test Account\nother: a\tb'],
    ['a NUL', 'name: Test Account\nother: "\0"'],
    ['a line end of YAML 1.1 where none may be', 'name: Test Account\nother: [a\x85]b'],
    ['an anchor twice', 'name: Test Account\na: &x 1\nb: &x 2'],
    ['two documents', 'name: Test Account\n---\nname: Test Account'],
  ])('is 0 for %s', async (_, content) => {
    expect(await check(content, ['name'], 'Test Account')).toBe(0);
  });
});
