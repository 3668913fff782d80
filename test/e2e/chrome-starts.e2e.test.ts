/** One Chrome, one window, and the port that was asked for, whether a task or a client of CDP starts it first. */
import { createCanvas, loadImage } from '@napi-rs/canvas';
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

const SOCAT = ['socat', 'tcp-listen:9222,fork', 'tcp:localhost:1337'];
/** Both starts in every order, and at various stages of the other's: milliseconds. */
const BETWEEN = process.env.ARPO_ENV_TEST_CHROME_ROUNDS
  ? Array.from({ length: Number(process.env.ARPO_ENV_TEST_CHROME_ROUNDS) }, () => Math.random() * 2000)
  : [0, 150, 600];

describeWith('Xvfb', 'starts of Chrome', () => {
  describe('has one window, whoever starts it first', () => {
    let real: ApartDesktop;
    const wait = (ms: number) => real.shell(`sleep ${ms / 1000}`);

    beforeAll(async () => {
      real = await apartDesktop({ sandboxed: false });
    });
    beforeEach(() => killChrome(real));
    afterAll(() => real?.[Symbol.asyncDispose]());

    it.each(BETWEEN)('a task, %d ms after a client of CDP', async (ms) => {
      const attaching = attach(real);
      await wait(ms);
      await real.agent.launch(LAUNCH);
      await real.agent.launch(SOCAT);
      await attaching;
      await eventually(async () => expect(await chromeWindows(real)).toHaveLength(1));
      await showsPages(real, 'new tab');
      await expectLasting();
    });

    it.each(BETWEEN)('a client of CDP, %d ms after a task', async (ms) => {
      const launching = real.agent.launch(LAUNCH);
      await wait(ms);
      await attach(real);
      await launching;
      await expectLasting();
      await showsPages(real, 'new tab');
    });

    it.each(BETWEEN)('a task with pages, %d ms after a client of CDP', async (ms) => {
      const attaching = attach(real);
      await wait(ms);
      await real.agent.launch([...LAUNCH, await htmlPage(real, 'first'), await htmlPage(real, 'second')]);
      await attaching;
      await showsPages(real, expect.stringContaining('first.html'), expect.stringContaining('second.html'));
      await expectLasting();
    });

    it.each(BETWEEN)('a client of CDP, %d ms after a task with a page', async (ms) => {
      const launching = real.agent.launch([...LAUNCH, await htmlPage(real, 'first')]);
      await wait(ms);
      await attach(real);
      await launching;
      await showsPages(real, expect.stringContaining('first.html'));
      await expectLasting();
    });

    it('when a launch is answered, with its page on the screen', async () => {
      const green = "data:text/html,<title>green</title><body style='background:rgb(0,255,0)'>";
      await real.agent.launch([...LAUNCH, green]);
      const picture = await loadImage(await real.agent.screenshot());
      const canvas = createCanvas(picture.width, picture.height).getContext('2d');
      canvas.drawImage(picture, 0, 0);
      // In the middle is the pointer.
      const { data } = canvas.getImageData(picture.width / 4, picture.height / 2, 1, 1);
      expect([...data]).toEqual([0, 255, 0, 255]);
      expect(await chromeWindows(real)).toHaveLength(1);
      await showsPages(real, green);
    });

    it('a second launch of a person’s opens a second one', async () => {
      await attach(real);
      await real.agent.launch(['google-chrome']);
      await launchesAreOver();
      expect(await chromeWindows(real)).toHaveLength(1);
      await real.agent.launch(['google-chrome']);
      await eventually(async () => expect(await chromeWindows(real)).toHaveLength(2));
    });

    async function launchesAreOver(): Promise<void> {
      await eventually(async () => expect(await real.shell('pgrep -f [b]in/google-chrome')).toBe(''));
    }

    async function expectLasting(): Promise<void> {
      await launchesAreOver();
      expect(await chromeWindows(real)).toHaveLength(1);
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
      expect(await chromeWindows(own)).toHaveLength(1);
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
      await eventually(async () => expect(await chromeWindows(own)).toHaveLength(1));
      await showsPages(own, 'new tab');
    });

    it('another port is given as it was asked for, and found', async () => {
      await own.agent.execute(['pkill', 'chrome']);
      await isGone(own);
      const page = await htmlPage(own, 'asked');
      await own.agent.launch(['google-chrome', '--remote-debugging-port=9333', page]);
      await showsPages(own, page);
      expect(await browserAt(9333)).toMatch(/^[\w-]+\n$/);
    });
  });
});
