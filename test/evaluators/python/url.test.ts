import { expect, it } from 'vitest';
import { urlparse } from '../../../src/evaluators/python/url.js';

it.each([
  ['https://a.com/x;p?q=1#f', 'https', 'a.com', '/x', 'p', 'q=1', 'f'],
  ['//h/p', '', 'h', '/p', '', '', ''],
  ['a.com:80/x', 'a.com', '', '80/x', '', '', ''],
  ['HTTP://A/x', 'http', 'A', '/x', '', '', ''],
  ['/p;x/y;z', '', '', '/p;x/y', 'z', '', ''],
  ['data:text/html;base64,AA', 'data', '', 'text/html;base64,AA', '', '', ''],
  [' http://a\n/b', 'http', 'a', '/b', '', '', ''],
  ['1http://a', '', '', '1http://a', '', '', ''],
  ['?q#f?x', '', '', '', '', 'q', 'f?x'],
])('takes %j apart as Python does', (url, scheme, netloc, path, params, query, fragment) => {
  expect(urlparse(url)).toEqual({ scheme, netloc, path, params, query, fragment });
});
