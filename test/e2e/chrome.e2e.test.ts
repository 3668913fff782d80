/** Chrome on the local desktop: to OSWorld's tasks and to agents it is Google Chrome, also where Chromium is installed. */
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApartDesktop, apartDesktop } from '../support/apart-desktop.js';
import {
  attach,
  chromeWindows,
  htmlPage,
  isGone,
  killChrome,
  LAUNCH,
  showsPages,
} from '../support/chrome.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';

describeWith('Xvfb', 'Chrome', () => {
  let real: ApartDesktop;
  beforeAll(async () => {
    real = await apartDesktop({ sandboxed: false });
  });
  afterAll(() => real?.[Symbol.asyncDispose]());

  describe('is Google Chrome', () => {
    beforeAll(async () => {
      await killChrome(real);
      await real.agent.launch(LAUNCH);
      await showsPages(real, 'new tab');
    });

    it('by the names of its processes', async () => {
      const names = await real.shell('ps -o comm= -p $(pgrep -d, -f "^[^ ]*chrom[^ ]* --(type|remote)")');
      expect([...new Set(names.trim().split('\n'))]).toEqual(['chrome']);
      const lines = await real.shell(
        'for pid in $(pgrep -x chrome); do cut -d "" -f1 /proc/$pid/cmdline; done',
      );
      for (const line of lines.trim().split('\n')) expect(line).toMatch(/\/chrome( |\0|$)/);
    });

    it('by class and title of its window, by which tasks activate it', async () => {
      await eventually(async () =>
        expect(await chromeWindows(real)).toEqual([
          expect.stringMatching(/^google-chrome\.Google-chrome\s.* - Google Chrome$/),
        ]),
      );
      expect(await real.agent.execute(['wmctrl', '-a', 'Google Chrome'])).toMatchObject({ returncode: 0 });
      await real.agent.activateWindow({ windowName: 'Google Chrome' });
    });

    it('by what it says of itself', async () => {
      for (const name of ['google-chrome', 'x-www-browser'])
        expect(await real.shell(`${name} --version`)).toMatch(/^Google Chrome \d+\.\d+\.\d+\.\d+ *\n$/);
      const version = await (await fetch(new URL('json/version', real.cdp))).json();
      expect(version).toMatchObject({
        Browser: expect.stringMatching(/^Chrome\/\d/),
        'User-Agent': expect.stringMatching(/ Chrome\/\d+\.0\.0\.0 Safari\/537\.36$/),
      });
      const browser = await chromium.connectOverCDP(real.cdp.href);
      const page = (await browser.contexts()[0]?.newPage()) ?? expect.fail('no context');
      expect(await page.evaluate('navigator.webdriver')).toBe(false);
      await page.goto('chrome://version');
      expect(await page.textContent('body')).toContain('Google Chrome');
      await page.close();
      await browser.close();
    });
  });

  describe('keys', () => {
    beforeAll(async () => {
      await killChrome(real);
      await real.agent.launch([...LAUNCH, await htmlPage(real, 'first')]);
      await showsPages(real, expect.stringContaining('first.html'));
      await eventually(async () =>
        expect(await chromeWindows(real)).toEqual([expect.stringContaining('first - Google Chrome')]),
      );
    });

    const second = () => htmlPage(real, 'second');

    it('Ctrl+T puts the cursor into the address bar of a new tab', async () => {
      await real.act("pyautogui.hotkey('ctrl', 't'); time.sleep(1)");
      await real.act(`pyautogui.typewrite('${await second()}\\n')`);
      await showsPages(real, expect.stringContaining('first.html'), expect.stringContaining('second.html'));
    });

    it.each(["pyautogui.hotkey('ctrl', 'l')", "pyautogui.press('f6')", "pyautogui.hotkey('alt', 'd')"])(
      '%s puts it there, too',
      async (keys) => {
        const { href } = new URL(await second());
        // A page that has just come takes the keyboard.
        await eventually(async () =>
          expect(await chromeWindows(real)).toEqual([expect.stringContaining('second - ')]),
        );
        await real.act(`${keys}; time.sleep(0.5); pyautogui.typewrite('${href}?${keys.length}\\n')`);
        await showsPages(
          real,
          expect.stringContaining('first.html'),
          expect.stringContaining(`second.html?${keys.length}`),
        );
      },
    );

    it('and gets all of what the same program types there', async () => {
      const { href } = new URL(await second());
      await real.act(`pyautogui.hotkey('ctrl', 'l'); pyautogui.typewrite('${href}?at-once\\n')`);
      await showsPages(
        real,
        expect.stringContaining('first.html'),
        expect.stringContaining('second.html?at-once'),
      );
    });

    it('Ctrl+W closes a tab, and Ctrl+Shift+T opens it again', async () => {
      await real.act("pyautogui.hotkey('ctrl', 'w')");
      await showsPages(real, expect.stringContaining('first.html'));
      await real.act("pyautogui.hotkey('ctrl', 'shift', 't')");
      await showsPages(real, expect.stringContaining('first.html'), expect.stringContaining('second.html'));
    });

    it('F11 fills the screen, and leaves it again', async () => {
      const size = async () =>
        /^\S+ +\S+ +\d+ +\d+ +(\d+) +(\d+) .*Chrome$/m.exec(await real.shell('wmctrl -lG'))?.slice(1);
      const before = await size();
      await real.act("pyautogui.press('f11')");
      const { width, height } = await real.agent.screenSize();
      await eventually(async () => expect(await size()).toEqual([`${width}`, `${height}`]));
      await real.act("pyautogui.press('f11')");
      await eventually(async () => expect(await size()).toEqual(before));
    });

    it('Alt+F4 closes it', async () => {
      await real.act("pyautogui.hotkey('alt', 'f4')");
      await isGone(real);
    });
  });

  describe('ends and begins again', () => {
    beforeEach(() => killChrome(real));

    it('`pkill chrome` writes its preferences, and the next one opens without a question', async () => {
      await attach(real);
      const browser = await chromium.connectOverCDP(real.cdp.href);
      const page = (await browser.contexts()[0]?.newPage()) ?? expect.fail('no context');
      await page.goto('chrome://settings');
      await page.evaluate("chrome.settingsPrivate.setPref('enable_do_not_track', true)");
      await real.agent.launch(['pkill', 'chrome']);
      await real.agent.launch(LAUNCH);
      // Not yet the one that ends.
      await showsPages(real, 'new tab');
      const file = await real.agent.file('~/.config/google-chrome/Default/Preferences');
      const preferences = JSON.parse(String(file));
      expect(preferences).toMatchObject({
        enable_do_not_track: true,
        default_search_provider_data: { template_url_data: { short_name: 'Google' } },
      });
      // A getter takes any setting in there for one that somebody has made.
      expect(preferences.profile).not.toHaveProperty('default_content_setting_values');
      expect(await chromeWindows(real)).toHaveLength(1);
      await browser.close();
    });

    it('what a killed one leaves keeps no other from starting, also one of another host', async () => {
      await real.shell('mkdir -p ~/.config/google-chrome');
      await real.shell(
        'cd ~/.config/google-chrome && ln -s elsewhere-1 SingletonLock && ln -s /nowhere SingletonSocket',
      );
      await real.agent.launch(LAUNCH);
      await showsPages(real, 'new tab');
      await real.agent.execute(['pkill', '-9', 'chrome']);
      await isGone(real);
      expect(await real.shell('readlink ~/.config/google-chrome/SingletonLock')).toMatch(/-\d+\n/);
      await real.agent.launch(LAUNCH);
      await showsPages(real, 'new tab');
    });

    it('a link is opened in it by who asks the desktop to, and a script that does so goes on', async () => {
      const url = await htmlPage(real, 'linked');
      expect(await real.agent.execute(['xdg-open', url])).toMatchObject({ returncode: 0 });
      await showsPages(real, url);
      await killChrome(real);
      await real.agent.launch(['gio', 'open', url]);
      await eventually(async () =>
        expect(await chromeWindows(real)).toEqual([expect.stringContaining('linked - Google Chrome')]),
      );
    });

    it('another profile is another browser', async () => {
      await real.agent.launch(LAUNCH);
      await showsPages(real, 'new tab');
      await real.agent.launch(['google-chrome', '--user-data-dir=/tmp/arpo-env-other-profile']);
      await eventually(async () => expect(await chromeWindows(real)).toHaveLength(2));
      await showsPages(real, 'new tab');
      await real.shell('rm -rf /tmp/arpo-env-other-profile');
    });
  });
});
