import { describe, expect, it } from 'vitest';
import { FixtureDesktop } from '../fixture-desktop.js';
import { get } from './get.js';

const bar = (text: string) => `<entry name="Address and search bar">${text}</entry>`;
const tree = (inner: string, browser = 'Google Chrome') =>
  `<desktop-frame><application name="${browser}"><frame>${inner}</frame></application></desktop-frame>`;

describe('active_url_from_accessTree', () => {
  it.each([
    [tree(bar('a.com/x')), 'https://a.com/x'],
    [tree(bar('a.com'), 'Chromium'), 'https://a.com'],
    [tree(bar('first') + bar('last')), 'https://first'],
    [tree(bar('first') + bar('')), null],
    [tree(''), null],
    [tree(bar('a.com'), 'Firefox'), null],
    [tree('<entry name="Search">a.com</entry>'), null],
  ])('reads %s', async (document, url) => {
    await using desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = document;
    expect(await get({ type: 'active_url_from_accessTree' }, desktop.context())).toBe(url);
  });

  it('puts the task’s prefix before it', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = tree(bar('chrome://settings'));
    expect(await get({ type: 'active_url_from_accessTree', goto_prefix: '' }, desktop.context())).toBe(
      'chrome://settings',
    );
  });
});

describe('active_tab_url_parse', () => {
  it.each([
    [{ parse_keys: ['a', 'b', 'c'] }, { a: '1 2', b: 'ü', c: '' }],
    [
      { parse_keys: ['a', 'b'], replace: { a: 'time' } },
      { b: 'ü', time: '1 2' },
    ],
    [{ parse_keys: ['list'], split_list: true }, { list: ['x', 'y'] }],
    [{ parse_keys: ['twice', 'fuel[]'] }, { twice: 'one', 'fuel[]': 'e' }],
  ])('takes %j', async (config, values) => {
    await using desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = tree(
      bar('a.com/?a=1+2&amp;b=%C3%BC&amp;list=x%2Cy&amp;twice=&amp;twice=one&amp;fuel%5B%5D=e#f?a=0'),
    );
    expect(await get({ type: 'active_tab_url_parse', ...config }, desktop.context())).toEqual(values);
  });

  it('is null without an address', async () => {
    await using desktop = await FixtureDesktop.start();
    expect(await get({ type: 'active_tab_url_parse', parse_keys: [] }, desktop.context())).toBe(null);
  });
});

describe('url_dashPart', () => {
  it.each([
    [{ partIndex: -2, returnType: 'json', key: 'time' }, { time: 'may' }],
    [{ partIndex: '-1', returnType: 'string', needDeleteId: true }, '7'],
    [{ partIndex: 9, returnType: 'string' }, null],
  ])('takes %j', async (config, part) => {
    await using desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = tree(bar('a.com/may/7?id=1'));
    expect(await get({ type: 'url_dashPart', ...config }, desktop.context())).toEqual(part);
  });

  it('raises before the first part', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = tree(bar('a.com'));
    const config = { type: 'url_dashPart', partIndex: -9, returnType: 'string' };
    await expect(get(config, desktop.context())).rejects.toMatchObject({ name: 'IndexError' });
  });
});

describe('url_path_parse', () => {
  const parse_keys = [
    'mens_clothing',
    'shirts',
    'Men_regular_size_t',
    'Price_discount_range',
    'short_sleeve',
  ];

  it.each([
    [
      'www.macys.com/shop/mens-clothing/mens-shirts/Price_discount_range,Men_regular_size_t,Sleeve_length/50_PERCENT_%20off%20%26%20more,L,Short%20Sleeve?id=1',
      {
        mens_clothing: true,
        shirts: true,
        short_sleeve: true,
        Men_regular_size_t: 'L',
        Price_discount_range: '50_PERCENT_ off & more',
      },
    ],
    [
      'www.macys.com/shop/Product_department,Price_discount_range/shirts,50_PERCENT_%20off%20%26%20more%7C30_PERCENT_%20off%20%26%20more',
      {
        mens_clothing: null,
        shirts: true,
        short_sleeve: null,
        Men_regular_size_t: null,
        Price_discount_range: 'not_50_PERCENT_ off & more',
      },
    ],
    [
      'www.macys.com/shop',
      {
        mens_clothing: null,
        shirts: null,
        short_sleeve: null,
        Men_regular_size_t: null,
        Price_discount_range: 'not_50_PERCENT_ off & more',
      },
    ],
  ])('reads %s', async (url, filters) => {
    await using desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = tree(bar(url));
    expect(await get({ type: 'url_path_parse', parse_keys }, desktop.context())).toEqual(filters);
  });
});
