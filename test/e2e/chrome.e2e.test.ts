/** Chrome on the local desktop: to OSWorld's tasks and to agents it is Google Chrome, also where Chromium is installed. */
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApartDesktop, apartDesktop } from '../support/apart-desktop.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';

const LAUNCH = ['google-chrome', '--remote-debugging-port=1337'];
const SOCAT = ['socat', 'tcp-listen:9222,fork', 'tcp:localhost:1337'];
const NEW_TAB = /^chrome:\/\/new-?tab/;
/** Both starts in every order, and at various stages of the other's: milliseconds. */
const BETWEEN = process.env.ARPO_ENV_TEST_CHROME_ROUNDS
  ? Array.from({ length: Number(process.env.ARPO_ENV_TEST_CHROME_ROUNDS) }, () => Math.random() * 2000)
  : [0, 150, 600];

describeWith('Xvfb', 'Chrome', () => {
  let real: ApartDesktop;
  beforeAll(async () => {
    real = await apartDesktop({ sandboxed: false });
  });
  afterAll(() => real?.[Symbol.asyncDispose]());

  async function gone({ shell }: ApartDesktop): Promise<void> {
    await eventually(async () => expect(await shell('pgrep -x chrome')).toBe(''));
  }

  /** As after a crash: nothing is orderly then. */
  async function afresh(): Promise<void> {
    await real.agent.execute(['sh', '-c', 'kill -9 $(pgrep -x chrome) $(pgrep -f [b]in/google-chrome)']);
    await gone(real);
  }

  /** Of Chrome: WM_CLASS and title. */
  async function windows({ shell }: ApartDesktop): Promise<string[]> {
    const all = (await shell('wmctrl -lx')).split('\n');
    return all.flatMap((line) => /^\S+\s+\S+\s+(\S*chrom\S*\s+.*)$/i.exec(line)?.[1] ?? []);
  }

  async function pages({ cdp }: ApartDesktop): Promise<string[]> {
    const targets: unknown = await (await fetch(new URL('json/list', cdp))).json();
    const schema = Array.isArray(targets) ? targets : [];
    return schema.filter(({ type }) => type === 'page').map(({ url }) => String(url));
  }

  async function showsPages(on: ApartDesktop, ...expected: unknown[]): Promise<void> {
    await eventually(async () => {
      const shown = (await pages(on)).map((url) => (NEW_TAB.test(url) ? 'new tab' : url));
      expect(shown.sort()).toEqual(expected);
    });
  }

  /** A client attaches, which starts Chrome where none runs. */
  async function attach({ cdp }: ApartDesktop): Promise<void> {
    const browser = await chromium.connectOverCDP(cdp.href);
    await browser.close();
  }

  const wait = (ms: number) => real.shell(`sleep ${ms / 1000}`);

  async function htmlPage(name: string, on = real): Promise<string> {
    await on.agent.upload(`~/${name}.html`, Buffer.from(`<title>${name}</title><h1>${name}</h1>`));
    return `file://${on.home}/${name}.html`;
  }

  describe('is Google Chrome', () => {
    beforeAll(async () => {
      await afresh();
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
        expect(await windows(real)).toEqual([
          expect.stringMatching(/^google-chrome\.Google-chrome\s.* - Google Chrome$/),
        ]),
      );
      expect(await real.agent.execute(['wmctrl', '-a', 'Google Chrome'])).toMatchObject({ returncode: 0 });
      await real.agent.activateWindow({ windowName: 'Google Chrome' });
    });

    it('by what it says of itself', async () => {
      expect(await real.shell('google-chrome --version')).toMatch(/^Google Chrome \d+\.\d+\.\d+\.\d+ *\n$/);
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
      await page.goto('chrome://settings/help');
      await eventually(async () => expect(await page.title()).toBe('Settings - About Chrome'));
      await page.close();
      await browser.close();
    });
  });

  describe('keys', () => {
    beforeAll(async () => {
      await afresh();
      await real.agent.launch([...LAUNCH, await htmlPage('first')]);
      await showsPages(real, expect.stringContaining('first.html'));
      await eventually(async () =>
        expect(await windows(real)).toEqual([expect.stringContaining('first - Google Chrome')]),
      );
    });

    const second = () => htmlPage('second');

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
          expect(await windows(real)).toEqual([expect.stringContaining('second - ')]),
        );
        await real.act(`${keys}; time.sleep(0.5); pyautogui.typewrite('${href}?${keys.length}\\n')`);
        await showsPages(
          real,
          expect.stringContaining('first.html'),
          expect.stringContaining(`second.html?${keys.length}`),
        );
      },
    );

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
      await gone(real);
    });
  });

  describe('ends and begins again', () => {
    beforeEach(afresh);

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
      expect(JSON.parse(String(file))).toMatchObject({
        enable_do_not_track: true,
        default_search_provider_data: { template_url_data: { short_name: 'Google' } },
      });
      expect(await windows(real)).toHaveLength(1);
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
      await gone(real);
      expect(await real.shell('readlink ~/.config/google-chrome/SingletonLock')).toMatch(/-\d+\n/);
      await real.agent.launch(LAUNCH);
      await showsPages(real, 'new tab');
    });

    it('another profile is another browser', async () => {
      await real.agent.launch(LAUNCH);
      await showsPages(real, 'new tab');
      await real.agent.launch(['google-chrome', '--user-data-dir=/tmp/arpo-env-other-profile']);
      await eventually(async () => expect(await windows(real)).toHaveLength(2));
      await showsPages(real, 'new tab');
      await real.shell('rm -rf /tmp/arpo-env-other-profile');
    });
  });

  describe('has one window, whoever starts it first', () => {
    beforeEach(afresh);

    it.each(BETWEEN)('a task, %d ms after a client of CDP', async (ms) => {
      const attaching = attach(real);
      await wait(ms);
      await real.agent.launch(LAUNCH);
      await real.agent.launch(SOCAT);
      await attaching;
      await eventually(async () => expect(await windows(real)).toHaveLength(1));
      await showsPages(real, 'new tab');
      await expectLasting();
    });

    it.each(BETWEEN)('a client of CDP, %d ms after a task', async (ms) => {
      await real.agent.launch(LAUNCH);
      await wait(ms);
      await attach(real);
      await expectLasting();
      await showsPages(real, 'new tab');
    });

    it.each(BETWEEN)('a task with pages, %d ms after a client of CDP', async (ms) => {
      const attaching = attach(real);
      await wait(ms);
      await real.agent.launch([...LAUNCH, await htmlPage('first'), await htmlPage('second')]);
      await attaching;
      await showsPages(real, expect.stringContaining('first.html'), expect.stringContaining('second.html'));
      await expectLasting();
    });

    it.each(BETWEEN)('a client of CDP, %d ms after a task with a page', async (ms) => {
      await real.agent.launch([...LAUNCH, await htmlPage('first')]);
      await wait(ms);
      await attach(real);
      await showsPages(real, expect.stringContaining('first.html'));
      await expectLasting();
    });

    it('a second launch of a person’s opens a second one', async () => {
      await attach(real);
      await real.agent.launch(['google-chrome']);
      await launchesAreOver();
      expect(await windows(real)).toHaveLength(1);
      await real.agent.launch(['google-chrome']);
      await eventually(async () => expect(await windows(real)).toHaveLength(2));
    });

    async function launchesAreOver(): Promise<void> {
      await eventually(async () => expect(await real.shell('pgrep -f [b]in/google-chrome')).toBe(''));
    }

    async function expectLasting(): Promise<void> {
      await launchesAreOver();
      expect(await windows(real)).toHaveLength(1);
    }
  });

  describe('in a network of its own', () => {
    let own: ApartDesktop;

    beforeAll(async () => {
      own = await apartDesktop({ sandboxed: true });
    });
    afterAll(() => own?.[Symbol.asyncDispose]());

    /** What a program in there is told by whom it finds on that port. */
    const browserAt = async (port: number) =>
      own.shell(`python3 -c '
import json, urllib.request
print(json.load(urllib.request.urlopen("http://localhost:${port}/json/version"))["webSocketDebuggerUrl"].split("/")[-1])'`);

    it('one that was started on demand has the port that tasks expect, and socat leads to it', async () => {
      await attach(own);
      await own.agent.launch(LAUNCH);
      await own.agent.launch(SOCAT);
      await eventually(async () => expect(await browserAt(9222)).toMatch(/^[\w-]+\n$/));
      expect(await browserAt(1337)).toBe(await browserAt(9222));
      expect(await windows(own)).toHaveLength(1);
      const version = await (await fetch(new URL('json/version', own.cdp))).text();
      expect(version).toContain((await browserAt(1337)).trim());
    });

    it('after `pkill chrome` a task’s own has it again, and a client of CDP finds that one', async () => {
      const before = await browserAt(1337);
      await own.agent.execute(['pkill', 'chrome']);
      await own.agent.launch(LAUNCH);
      await eventually(async () => {
        const now = await browserAt(9222);
        expect(now).toMatch(/^[\w-]+\n$/);
        expect(now).not.toBe(before);
      });
      await attach(own);
      await eventually(async () => expect(await windows(own)).toHaveLength(1));
      await showsPages(own, 'new tab');
    });

    it('another port is given as it was asked for, and found', async () => {
      await own.agent.execute(['pkill', 'chrome']);
      await gone(own);
      const page = await htmlPage('asked', own);
      await own.agent.launch(['google-chrome', '--remote-debugging-port=9333', page]);
      await showsPages(own, page);
      expect(await browserAt(9333)).toMatch(/^[\w-]+\n$/);
    });
  });
});
