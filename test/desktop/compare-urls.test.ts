import { describe, expect, it } from 'vitest';
import { compareUrls } from '../../src/desktop/compare-urls.js';

/** What OSWorld's rule (evaluators.md §5) gives with Python's urlparse and tldextract 5.4.0, its own list of suffixes. */
const PAIRS: [string, string, boolean][] = [
  ['https://airbnb.com', 'https://www.airbnb.com.sg/', true],
  ['https://www.tripadvisor.com', 'https://www.tripadvisor.co.uk/', true],
  ['http://a.com', 'https://a.com', false],
  ['a.com', 'http://a.com/', true],
  ['https://a.com/x', 'https://a.com/x/', false],
  ['https://a.com/?q=1', 'https://a.com?q=1', true],
  ['https://a.com/?q=1', 'https://a.com/?q=2', false],
  ['https://a.com/#f', 'https://a.com/', false],
  ['https://a.com/#', 'https://a.com/', true],
  ['https://a.com/?', 'https://a.com', true],
  ['https://academicpages.github.io/', 'https://academicpages.github.com/', true],
  ['https://www.shop.a.com', 'https://shop.a.com', false],
  ['HTTPS://A.COM/X', 'https://a.com/X', true],
  ['https://a.com/X', 'https://a.com/x', false],
  ['chrome://newtab/', 'chrome://newtab', true],
  ['about:blank', 'about:blank', true],
  ['about:blank', 'http://about', true],
  ['http://localhost:3000/x', 'http://localhost:4000/x', true],
  ['http://127.0.0.1/', 'http://127.0.0.1:80', true],
  ['http://192.0.2.1', 'http://192.0.2.2', false],
  ['https://x.unknowntld/', 'https://y.unknowntld/', false],
  ['https://a.x.unknowntld/', 'https://a.y.unknowntld/', false],
  ['https://user:pw@a.com/', 'https://a.com', true],
  ['https://a.com./', 'https://a.com/', true],
  ['https://co.uk', 'https://com', true],
  ['file:///home/user/a.html', 'file:///home/user/b.html', false],
  ['file:///home/user/a.html', 'file:///home/user/a.html', true],
  ['https://a.com/p;x=1', 'https://a.com/p;x=2', false],
  ['https://a.com/p;', 'https://a.com/p', true],
  ['https://a.com/;', 'https://a.com', true],
  ['https://city.kawasaki.jp', 'https://city.jp', true],
  ['https://münchen.de/', 'https://münchen.com', true],
  ['https://a.com/ü', 'https://a.com/%C3%BC', false],
  ['', 'http://', true],
  ['https://sub.a.com', 'https://a.com', false],
  ['http://[::1]:80/', 'http://[::1]/', true],
  ['https://a.com\\b', 'https://a.com/b', false],
  [' https://a.com', 'https://a.com', false],
  ['https://a.com/a?b#c?d', 'https://a.com/a?b#c?d', true],
  ['https://a.co?x=a/b', 'https://a.com?x=a/b', true],
  ['https://web.archive.org/x', 'https://web.archive.net/x', true],
  ['http://www.localhost/', 'http://localhost/', true],
  ['http://www.a.localhost', 'http://a.localhost', false],
  ['http://a.com:8080x/', 'http://a.com/', true],
  ['https://a.com/x;p/y', 'https://a.com/x', false],
  ['https://a.com/x;p/y;q', 'https://a.com/x;p/y', false],
  ['https://a.com/\n', 'https://a.com', true],
  ['https://WWW.a.com', 'https://a.com', true],
  ['https://www.com', 'https://com', false],
  ['https://www.co.uk', 'https://co.uk', false],
  ['https://a.com..', 'https://a.com', true],
  ['https://www.192.0.2.1', 'http://192.0.2.1', false],
  ['data:text/html,x', 'data:text/html,y', false],
  ['chrome-extension://abc/x.html', 'chrome-extension://abc/x.html', true],
  ['chrome-extension://abc/x;a', 'chrome-extension://abc/x', false],
  ['https://a.com/;a;b', 'https://a.com/;a;b', true],
  ['https://a.com/x;a;b', 'https://a.com/x;a', false],
];

describe('compareUrls', () => {
  it.each(PAIRS)('%j and %j: %s', (first, second, equal) => {
    expect(compareUrls(first, second)).toBe(equal);
    expect(compareUrls(second, first)).toBe(equal);
  });

  it('takes null as equal to null only', () => {
    expect(compareUrls(null, null)).toBe(true);
    expect(compareUrls(null, '')).toBe(false);
    expect(compareUrls('http://a.com', null)).toBe(false);
  });
});
