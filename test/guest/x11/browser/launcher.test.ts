/** Which command lines start the desktop's browser. */
import { expect, it } from 'vitest';
import { opensBrowser } from '../../../../src/guest/x11/browser/launcher.js';

it.each([
  [['google-chrome', '--remote-debugging-port=1337'], true],
  [['/usr/bin/chromium', 'https://example.com/'], true],
  [['google-chrome', '--headless=new', 'https://example.com/'], false],
  [['google-chrome', '--user-data-dir=/tmp/other'], false],
  [['google-chrome', '--version'], false],
  [['socat', 'tcp-listen:9222,fork', 'tcp:localhost:1337'], false],
  [[], false],
])('%j: %s', (argv, expected) => {
  expect(opensBrowser(argv)).toBe(expected);
});
