import { describe, expect, it } from 'vitest';
import { judge } from './judge.js';

describe('is_expected_active_tab', () => {
  it.each([
    ['https://www.airbnb.com/', 'https://airbnb.com.sg', 1],
    ['http://a.com', 'https://a.com', 0],
    ['https://a.com/x/', 'https://a.com/x', 0],
  ])('of %s when %s is expected is %d', async (url, expected, score) => {
    const rule = { type: 'url', url: expected };
    expect(await judge('is_expected_active_tab', { url }, rule)).toBe(score);
    expect(await judge('is_expected_active_tab', url, rule)).toBe(score);
  });

  it('is 0 without a tab and for other rules', async () => {
    expect(await judge('is_expected_active_tab', null, { type: 'url', url: 'https://a' })).toBe(0);
    expect(await judge('is_expected_active_tab', 'https://a', { type: 'title' })).toBe(0);
    expect(await judge('is_expected_active_tab', { title: 'a' }, { type: 'url', url: 'https://a' })).toBe(0);
  });
});

describe('is_expected_tabs', () => {
  it.each([
    [['https://b.com/', 'https://a.com'], 1],
    [['https://a.com'], 0],
    [['https://a.com', 'https://c.com'], 0],
    // Each expected page has some match, which the reference takes for enough.
    [['https://a.com', 'https://a.com'], 0],
  ])('of %j is %d', async (urls, score) => {
    const rule = { type: 'url', urls: ['https://a.com', 'https://b.com'] };
    expect(
      await judge(
        'is_expected_tabs',
        urls.map((url) => ({ url })),
        rule,
      ),
    ).toBe(score);
  });

  it('does not track duplicates', async () => {
    const tabs = [{ url: 'https://a.com' }, { url: 'https://b.com' }];
    expect(
      await judge('is_expected_tabs', tabs, { type: 'url', urls: ['https://a.com', 'https://a.com'] }),
    ).toBe(1);
  });

  it.each([null, []])('is 0 for %j', async (tabs) => {
    expect(await judge('is_expected_tabs', tabs, { type: 'url', urls: [] })).toBe(0);
  });

  it.each([
    ['http://[::1/', 'ValueError'],
    ['http://a\u2100b/', 'ValueError'],
    [5, 'TypeError'],
  ])('raises for a tab of %j', async (url, name) => {
    const rule = { type: 'url', urls: ['https://a.com'] };
    await expect(judge('is_expected_tabs', [{ url }], rule)).rejects.toMatchObject({ name });
  });
});

describe('is_cookie_deleted', () => {
  it.each([
    [[[1, '.b.com']], 1],
    [[[1, 'www.amazon.co.uk']], 0],
    [[], 1],
  ])('of %j is %d', async (cookies, score) => {
    expect(await judge('is_cookie_deleted', cookies, { type: 'domains', domains: ['amazon.com'] })).toBe(
      score,
    );
  });

  it('raises for another type of rule, and without cookies', async () => {
    await expect(judge('is_cookie_deleted', [], { type: 'x' })).rejects.toMatchObject({ name: 'TypeError' });
    const rule = { type: 'domains', domains: ['a.com'] };
    await expect(judge('is_cookie_deleted', null, rule)).rejects.toMatchObject({ name: 'TypeError' });
  });
});

it('is_expected_bookmarks tries every alternative of every author, and leaves the rule as it is', async () => {
  const liked = (...urls: string[]) => ({
    bookmark_bar: {
      children: [
        { type: 'folder', name: 'Liked Authors', children: urls.map((url) => ({ type: 'url', url })) },
      ],
    },
  });
  const rule = { type: 'liked_authors_websites_urls', urls: [['a1', 'a2'], 'b'] };
  const before = structuredClone(rule);

  expect(await judge('is_expected_bookmarks', liked('b', 'a2'), rule)).toBe(1);
  expect(await judge('is_expected_bookmarks', liked('b', 'a1', 'a2'), rule)).toBe(0);
  expect(await judge('is_expected_bookmarks', liked('b'), rule)).toBe(0);
  expect(rule).toEqual(before);
});
