/** What is typed, as real programs get it: a terminal, an editor, a browser; and what stays down of keys and buttons. */
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { performSteps } from '../../src/guest/pyautogui/perform.js';
import { readPyautogui } from '../../src/guest/pyautogui/read.js';
import { describeWith, findExecutable } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type RealDisplay, realClock, realDisplay } from '../support/x-display.js';

const NOTHING = { keycodes: [], buttons: [] };
const MIXED = 'café 你好 € Ω→ñ "quoted" {[(<>)]} ~!@#$%^&*_+|?';
/** Outside the first plane, with modifiers, and as a letter with marks of its own. */
const COMPOSED = '😀 👍🏽 🇪🇺 e\u0301 x\u0302\u0323 \u4f60\ufe0f';
/** Each for itself: more than a keyboard has keys. */
const MANY = Array.from({ length: 2000 }, (_unused, index) => String.fromCodePoint(0x4e00 + index)).join('');

/** A program with a text that can be read from outside. */
interface Typed {
  pid: number;
  /** All that it has got. */
  text(): Promise<string>;
}

const programs: {
  name: string;
  open(display: RealDisplay, folder: string): Promise<Typed & AsyncDisposable>;
}[] = [
  { name: 'xterm, which answers no ping', open: openTerminal },
  { name: 'mousepad', open: openEditor },
  { name: 'Chromium', open: openBrowser },
];

const act = (display: RealDisplay, calls: string, signal = AbortSignal.timeout(120_000)) =>
  performSteps(readPyautogui(`import pyautogui, time; pyautogui.FAILSAFE = False; ${calls}`), display.input, {
    clock: realClock,
    signal,
  });
const written = (text: string) =>
  `pyautogui.write(${JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped)})`;
/** For Python, whose source has no lone surrogates. */
const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

describeWith('Xvfb', 'what is typed', () => {
  describe.each(programs)('into $name', ({ open }) => {
    let display: RealDisplay;
    let folder: TemporaryFolder;
    let typed: Typed & AsyncDisposable;
    let before = '';

    beforeAll(async () => {
      folder = new TemporaryFolder();
      display = await realDisplay();
      typed = await open(display, folder.path);
    });
    afterAll(async () => {
      await typed?.[Symbol.asyncDispose]();
      await display?.[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });
    afterEach(async () => {
      process.kill(typed.pid, 'SIGCONT');
      await display.held.restore(NOTHING);
    });

    const arrives = async (text: string, expected = text) => {
      before = await typed.text();
      await act(display, written(text));
      expect(await display.held.now()).toEqual(NOTHING);
      await hasArrived(expected);
    };
    const hasArrived = (text: string) =>
      vi.waitFor(async () => expect(await typed.text()).toBe(before + text), {
        timeout: 60_000,
        interval: 100,
      });

    it.each([
      ['characters that the layout lacks', MIXED],
      ['emoji and combining marks', COMPOSED],
      ['two thousand different ones', MANY],
      ['the first again', MIXED],
    ])('%s', async (_what, text) => {
      await arrives(text);
    });

    it('control characters are no text', async () => {
      await arrives('a\u0000b\u0001c\u001bd\u007fe\u0085f\ud800g', 'abcdefg');
    });

    it.each(['de', 'ru', 'us'])('somebody has chosen another layout, that of %s', async (layout) => {
      const [status] = await once(display.start('setxkbmap', layout), 'exit');
      expect(status).toBe(0);
      await arrives(MIXED);
      await arrives('Привет, Wörld');
    });

    it('the program is stopped in the middle: nothing is lost or changed', async () => {
      before = await typed.text();
      const text = MANY.slice(1000, 1300);
      const typing = act(display, written(text));
      await delay(100);
      process.kill(typed.pid, 'SIGSTOP');
      await delay(1500);
      process.kill(typed.pid, 'SIGCONT');
      await typing;
      await hasArrived(text);
    });

    it('a stopped program holds up who types more than there are keys, until that is aborted: nothing stays down', async () => {
      before = await typed.text();
      process.kill(typed.pid, 'SIGSTOP');
      const abort = new AbortController();
      const typing = act(display, written(MANY.slice(0, 500)), abort.signal);
      await Promise.all([
        expect(typing).rejects.toThrow('no longer wanted'),
        delay(500).then(() => abort.abort(new Error('no longer wanted'))),
      ]);
      expect(await display.held.now()).toEqual(NOTHING);
      process.kill(typed.pid, 'SIGCONT');
      await act(display, written('!'));
      await vi.waitFor(async () => expect(await typed.text()).toMatch(/!$/), { timeout: 60_000 });
      expect(MANY.startsWith((await typed.text()).slice(before.length, -1))).toBe(true);
    });

    it('keys that are held or locked act on what is typed, as on any keyboard', async () => {
      before = await typed.text();
      await act(display, `pyautogui.keyDown('shift'); ${written('aB1é你')}`);
      expect(await display.held.now()).toEqual({ keycodes: [50], buttons: [] });
      await act(display, `pyautogui.keyUp('shift'); ${written('b')}`);
      await act(display, `pyautogui.press('capslock'); ${written('aB1你')}; pyautogui.press('capslock')`);
      await act(display, `pyautogui.press('numlock'); ${written('aB1é你')}; pyautogui.press('numlock')`);
      expect(await display.held.now()).toEqual(NOTHING);
      await hasArrived('AB!é你bAb1你aB1é你');
    });
  });
});

async function openTerminal(display: RealDisplay, folder: string): Promise<Typed & AsyncDisposable> {
  const file = join(folder, 'typed');
  display.start('xterm', '-e', 'sh', '-c', `stty -icanon -echo; cat > ${file}`);
  await eventually(() => readFile(file));
  return {
    pid: await focused(display),
    text: () => readFile(file, 'utf8'),
    async [Symbol.asyncDispose]() {},
  };
}

/** What it has is read from the file: it saves when it is asked to. */
async function openEditor(display: RealDisplay, folder: string): Promise<Typed & AsyncDisposable> {
  const file = join(folder, 'text.txt');
  await writeFile(file, '');
  // Stopped just after it saved, it takes its own change for somebody else's and asks what to do.
  await mkdir(join(folder, 'glib-2.0/settings'), { recursive: true });
  await writeFile(
    join(folder, 'glib-2.0/settings/keyfile'),
    '[org/xfce/mousepad/preferences/file]\nmonitor-changes=false\n',
  );
  const settings = ['GSETTINGS_BACKEND=keyfile', `XDG_CONFIG_HOME=${folder}`];
  display.start('env', ...settings, 'mousepad', '--disable-server', file);
  return {
    pid: await focused(display),
    async text() {
      await act(display, "pyautogui.hotkey('ctrl', 's')");
      return readFile(file, 'utf8');
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function openBrowser(display: RealDisplay, folder: string): Promise<Typed & AsyncDisposable> {
  const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: findExecutable('chromium') ?? '',
    headless: false,
    args: ['--no-sandbox'],
    env: display.environment,
  });
  const [page = await browser.newPage()] = browser.pages();
  await page.setContent('<textarea rows="20" cols="80"></textarea>');
  const pid = await focused(display);
  const area = page.locator('textarea');
  // By hand: to the automated page it seems to have the keyboard all the time.
  const spot = await area.evaluate((element) => {
    const { x, y } = element.getBoundingClientRect();
    const {
      screenX = 0,
      screenY = 0,
      outerHeight = 0,
      innerHeight = 0,
    } = element.ownerDocument.defaultView ?? {};
    return [screenX + x + 20, screenY + outerHeight - innerHeight + y + 20];
  });
  await page.evaluate('document.activeElement.blur()');
  await act(display, `pyautogui.click(${spot.join()})`);
  await eventually(async () =>
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA'),
  );
  return { pid, text: () => area.inputValue(), [Symbol.asyncDispose]: () => browser.close() };
}

/** The process of the window that has the keyboard. */
async function focused({ windows, connection }: RealDisplay): Promise<number> {
  let pid = 0;
  await eventually(async () => {
    const active = await windows.activeWindow();
    pid = (active && (await connection.property(active, '_NET_WM_PID'))?.readUInt32LE(0)) || 0;
    expect(pid).toBeGreaterThan(0);
  });
  return pid;
}
