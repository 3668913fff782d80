/** Metrics on Chrome: tabs and their URLs, bookmarks, history, settings. */
import { compareUrls } from '../../../desktop/compare-urls.js';
import { PythonError } from '../../python/errors.js';
import { PythonRegex } from '../../python/regex.js';
import { urlparse } from '../../python/url.js';
import {
  compare,
  contains,
  equals,
  isDict,
  isTrue,
  item,
  items,
  iterate,
  requireHashable,
  sameSet,
  str,
  string,
  text,
} from '../../python/values.js';
import type { Metric } from './metric.js';

/** The same page as `url`; other rule types are 0. */
export const isExpectedActiveTab: Metric = (tab, rule) => {
  if (!isTrue(tab) || item(rule, 'type') !== 'url') return 0;
  return isSamePage(item(rule, 'url'), urlOf(tab));
};

/** The same URL but for the query. */
export const isExpectedActiveTabApproximate: Metric = (tab, rule) => {
  if (!isTrue(tab) || item(rule, 'type') !== 'url') return 0;
  const expected = item(rule, 'url');
  const actual = urlOf(tab);
  // Python takes these apart as bytes, which are equal to no string.
  if (actual !== '' && !isTrue(actual)) return 0;
  const withoutQuery = (url: unknown): unknown => ({ ...urlparse(text(url)), query: '' });
  return equals(withoutQuery(expected), withoutQuery(actual));
};

/** As many tabs as `urls`, and each of `urls` is open. */
export const isExpectedTabs: Metric = (tabs, rule) => {
  if (!isTrue(tabs)) return 0;
  if (item(rule, 'type') !== 'url') return 0;
  const expected = iterate(item(rule, 'urls'));
  const actual = iterate(tabs).map((tab) => item(tab, 'url'));
  return (
    expected.length === actual.length && expected.every((url) => actual.some((open) => isSamePage(url, open)))
  );
};

/** Every regex of `expected` is found in the URL. */
export const isExpectedUrlPatternMatch: Metric = (result, rules) => {
  if (!isTrue(result)) return 0;
  const isTab = isDict(result) && Object.hasOwn(result, 'url');
  if (typeof result !== 'string' && !isTab) return 0;
  const url = isTab ? result.url : result;
  return iterate(item(rules, 'expected')).every((pattern) => new PythonRegex(pattern).search(url));
};

export const isExpectedSearchQuery: Metric = (tab, rules) => {
  if (!isTrue(tab)) return 0;
  return new PythonRegex(item(item(rules, 'expect'), 'pattern')).search(item(tab, 'url'));
};

export const isExpectedInstalledExtensions: Metric = (installed, rules) => {
  if (!isTrue(installed)) return 0;
  const expected = iterate(item(rules, 'expected'));
  const names = iterate(installed);
  requireHashable(expected);
  requireHashable(names);
  return expected.every((name) => contains(names, name));
};

/** `type` says what of the bookmark bar: its folders, its pages, or the pages in its folder "Liked Authors". */
export const isExpectedBookmarks: Metric = (bookmarks, rule) => {
  if (!isTrue(bookmarks)) return 0;
  const type = item(rule, 'type');
  const bar = (): unknown[] => iterate(item(item(bookmarks, 'bookmark_bar'), 'children'));
  if (type === 'bookmark_bar_folders_names')
    return sameSet(valuesOf(bar(), 'folder', 'name'), iterate(item(rule, 'names')));
  if (type === 'bookmark_bar_websites_urls')
    return sameSet(valuesOf(bar(), 'url', 'url'), iterate(item(rule, 'urls')));
  if (type !== 'liked_authors_websites_urls') throw unsupportedType(type);
  const folder = bar().find(
    (node) => item(node, 'type') === 'folder' && item(node, 'name') === 'Liked Authors',
  );
  if (folder === undefined) return 0;
  const liked = valuesOf(iterate(item(folder, 'children')), 'url', 'url');
  const groups = iterate(item(rule, 'urls')).map((group) =>
    typeof group === 'string' ? [group] : iterate(group),
  );
  return combinations(groups).some((one) => sameSet(one, liked));
};

/** No keyword occurs in the URL of any row. */
export const checkHistoryDeleted: Metric = (history, rule) => {
  requireType(rule, 'keywords');
  const urls = iterate(history).map((row) => item(row, 0));
  return !iterate(item(rule, 'keywords')).some((keyword) => urls.some((url) => contains(url, keyword)));
};

/** No row of the cookies table is of one of `domains`. */
export const isCookieDeleted: Metric = (cookies, rule) => {
  requireType(rule, 'domains');
  const hosts = iterate(cookies).map((row) => item(row, 1));
  return !iterate(item(rule, 'domains')).some((domain) => hosts.some((host) => isSamePage(domain, host)));
};

/** The experiments, without what is chosen of them (after @), in this order. */
export const checkEnabledExperiments: Metric = (experiments, rule) => {
  const names = iterate(experiments).map((experiment) => text(experiment).split('@')[0]);
  requireType(rule, 'names');
  return equals(names, item(rule, 'names'));
};

/** `type` value: equal; range: between `min` and `max`, neither included. */
export const checkFontSize: Metric = (sizes, rule) => {
  const size = item(sizes, 'default_font_size');
  const type = item(rule, 'type');
  if (type === 'value') return equals(size, item(rule, 'value'));
  if (type !== 'range') throw unsupportedType(type);
  return compare(item(rule, 'min'), size) < 0 && compare(size, item(rule, 'max')) < 0;
};

/** Some desktop entry has this name, or runs this command. */
export const isShortcutOnDesktop: Metric = (shortcuts, rule) => {
  const type = item(rule, 'type');
  if (type !== 'name' && type !== 'exec') throw unsupportedType(type);
  const line = `${type === 'name' ? 'Name' : 'Exec'}=${text(item(rule, type))}\n`;
  return items(shortcuts).some(([, content]) => contains(content, line));
};

export const isAddedToSteamCart: Metric = (tab, rule) => {
  const items = iterate(item(rule, 'items'));
  const content = item(tab, 'content');
  return items.every((one) => contains(content, one));
};

/** A tab is its URL, or an object that has it. */
function urlOf(tab: unknown): unknown {
  return isDict(tab) ? (tab.url ?? null) : tab;
}

const HAS_SCHEME = /^[a-z][a-z0-9+\-.]*:\/\//i;

/** Throws ValueError where Python cannot take one of them apart. */
function isSamePage(first: unknown, second: unknown): boolean {
  if (first === null || second === null) return first === second;
  const [one, other] = [string(first), string(second)];
  for (const url of [one, other]) urlparse(HAS_SCHEME.test(url) ? url : `http://${url}`);
  return compareUrls(one, other);
}

/** The values of `key` of the nodes of `type`. */
function valuesOf(nodes: readonly unknown[], type: string, key: string): unknown[] {
  return nodes.filter((node) => item(node, 'type') === type).map((node) => item(node, key));
}

/** Each way to take one member of every group. */
function combinations(groups: readonly (readonly unknown[])[]): unknown[][] {
  return groups.reduce<unknown[][]>(
    (ways, group) => ways.flatMap((way) => group.map((member) => [...way, member])),
    [[]],
  );
}

function requireType(rule: unknown, type: string): void {
  if (item(rule, 'type') !== type) throw unsupportedType(item(rule, 'type'));
}

function unsupportedType(type: unknown): PythonError {
  return new PythonError('TypeError', `${str(type)} not support yet!`);
}
