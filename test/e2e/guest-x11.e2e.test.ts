/** The guest agent over a real X display: what clients ask of it, seen in files, pixels and windows. */
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith, findExecutable } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { type RealDesktop, realDesktop } from '../support/x11-desktop.js';

const ASCII = Array.from({ length: 95 }, (_unused, index) => String.fromCharCode(32 + index)).join('');

describeWith('Xvfb', 'a real X desktop', () => {
  let real: RealDesktop;
  const log: string[] = [];

  beforeAll(async () => {
    real = await realDesktop({ onLog: (line) => log.push(line) });
  });
  afterAll(() => real?.[Symbol.asyncDispose]());

  /** Pixels of a screenshot: RGBA. */
  async function pixels(): Promise<Buffer> {
    const image = await loadImage(await real.agent.screenshot());
    const canvas = createCanvas(image.width, image.height);
    canvas.getContext('2d').drawImage(image, 0, 0);
    return Buffer.from(canvas.data());
  }

  const post = async (path: string, body: unknown) => {
    const response = await fetch(new URL(path, real.desktop.agent), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };

  describe('programs and files', () => {
    it('runs commands as Python’s subprocess does', async () => {
      expect(await real.agent.execute(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toMatchObject({
        output: 'out\n',
        error: 'err\n',
        returncode: 3,
      });
      expect(await post('execute', { command: ['no-such-program'] })).toEqual({
        status: 500,
        text: `${JSON.stringify({ message: "[Errno 2] No such file or directory: 'no-such-program'", status: 'error' })}\n`,
      });
      expect(await real.agent.execute(['sh', '-c', 'kill -9 $$'])).toMatchObject({ returncode: -9 });
    });

    it('has a home directory and an environment of its own, without this process’s secrets', async () => {
      process.env.ARPO_ENV_TEST_SECRET = 'do not tell';
      expect(await real.shell('echo $HOME; pwd; ls -d Desktop')).toBe(
        `${real.desktop.home}\n${real.desktop.home}\nDesktop\n`,
      );
      const folders = '. ~/.config/user-dirs.dirs; echo $XDG_DOWNLOAD_DIR; ls -d $XDG_TEMPLATES_DIR';
      expect(await real.shell(folders)).toBe(
        `${real.desktop.home}/Downloads\n${real.desktop.home}/Templates\n`,
      );
      expect(await real.shell('env')).not.toContain('do not tell');
      delete process.env.ARPO_ENV_TEST_SECRET;
    });

    it('the routes and the programs see the same files, and the same links', async () => {
      await real.agent.upload('~/new/a.bin', Buffer.from([0, 1, 255]));
      expect(await real.shell('od -An -tx1 ~/new/a.bin')).toBe(' 00 01 ff\n');
      await real.shell('ln -s ~/new/a.bin ~/absolute; ln -s new ~/relative');
      expect(await real.agent.file('~/absolute')).toEqual(Buffer.from([0, 1, 255]));
      expect(await real.agent.file('~/relative/a.bin')).toEqual(Buffer.from([0, 1, 255]));
      expect(await real.agent.directoryTree(`${real.desktop.home}/new`)).toEqual({
        type: 'directory',
        name: 'new',
        children: [{ type: 'file', name: 'a.bin' }],
      });
    });

    it('ends a script at its time limit, with what it started', async () => {
      const answer = await post('run_bash_script', { script: 'sleep 4321 & sleep 4321', timeout: 1 });
      expect(JSON.parse(answer.text)).toMatchObject({
        returncode: -1,
        error: expect.stringContaining('timed out'),
      });
      await eventually(async () => expect(await real.shell('pgrep -fx "sleep 4321"')).toBe(''));
    });

    it('serves others while a command waits', async () => {
      const done = new AbortController();
      const waiting = fetch(new URL('execute', real.desktop.agent), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ command: ['sleep', '60'] }),
        signal: done.signal,
      }).catch(() => 'cancelled');
      expect((await real.agent.screenshot()).subarray(1, 4).toString()).toBe('PNG');
      expect(await real.shell('echo still here')).toBe('still here\n');
      done.abort();
      expect(await waiting).toBe('cancelled');
    });

    it('runs Python that is more than pyautogui calls on the real one', async () => {
      expect(await real.agent.execute(['python', '-c', 'print(6 * 7)'])).toMatchObject({ output: '42\n' });
    });

    it('has Python tell what is wrong with pyautogui code', async () => {
      await expect(real.act('pyautogui.press(7)')).rejects.toThrow("TypeError: 'int' object is not iterable");
      await expect(real.act('pyautogui.press("a"')).rejects.toThrow("SyntaxError: '(' was never closed");
    });
  });

  describe('the screen', () => {
    it('shows the cursor where pyautogui puts it', async () => {
      await real.act('pyautogui.moveTo(200, 100)');
      const before = await pixels();
      await real.act('pyautogui.moveTo(300, 100)');
      const after = await pixels();
      const changed = (x: number) => !samePixel(before, after, x, 105);
      expect([changed(201), changed(301), changed(600)]).toEqual([true, true, false]);
      const position = await fetch(new URL('cursor_position', real.desktop.agent));
      expect(await position.json()).toEqual([300, 100]);
    });

    it('changes its resolution, down and back, and says when it cannot', async () => {
      const resize = (width: number, height: number) => post('set_screen_resolution', { width, height });
      expect((await resize(800, 600)).status).toBe(200);
      expect(await real.agent.screenSize()).toEqual({ width: 800, height: 600 });
      expect(await real.shell('xdotool getdisplaygeometry || echo 800 600')).toBe('800 600\n');
      const { width, height } = await loadImage(await real.agent.screenshot());
      expect({ width, height }).toEqual({ width: 800, height: 600 });
      expect(await resize(4000, 3000)).toMatchObject({
        status: 500,
        text: expect.stringContaining('1280x720 at most'),
      });
      expect((await resize(1280, 720)).status).toBe(200);
    });

    it('has a wallpaper that is a file, and shows another one, whoever chooses it', async () => {
      const first = await real.agent.wallpaper();
      const { width, height } = await loadImage(first ?? '');
      expect({ width, height }).toEqual({ width: 1280, height: 720 });
      const canvas = createCanvas(8, 8);
      canvas.getContext('2d').fillStyle = '#00ff00';
      canvas.getContext('2d').fillRect(0, 0, 8, 8);
      await real.agent.upload('~/Pictures/green.png', canvas.toBuffer('image/png'));
      await real.agent.changeWallpaper('~/Pictures/green.png');
      // In the last corner: a panel may be in the first.
      await eventually(async () => expect([...(await pixels()).subarray(-4, -1)]).toEqual([0, 255, 0]));
      expect(await real.agent.wallpaper()).toEqual(canvas.toBuffer('image/png'));
      if (findExecutable('gsettings') === undefined) return;
      expect(await real.shell('gsettings get org.gnome.desktop.background picture-uri')).toBe(
        `'file://${real.desktop.home}/Pictures/green.png'\n`,
      );
      canvas.getContext('2d').fillStyle = '#0000ff';
      canvas.getContext('2d').fillRect(0, 0, 8, 8);
      await real.agent.upload('~/Pictures/blue one.png', canvas.toBuffer('image/png'));
      await real.shell(
        'gsettings set org.gnome.desktop.background picture-uri "file://$HOME/Pictures/blue%20one.png"',
      );
      await eventually(async () => expect([...(await pixels()).subarray(-4, -1)]).toEqual([0, 0, 255]));
      expect(await real.agent.wallpaper()).toEqual(canvas.toBuffer('image/png'));
      // What is no picture is taken, as by the original, and does not break the next one.
      await real.agent.upload('~/Pictures/no.png', Buffer.from('no picture'));
      await real.agent.changeWallpaper('~/Pictures/no.png');
      expect((await real.agent.wallpaper())?.toString()).toBe('no picture');
    });
  });

  describe('windows and typing', () => {
    it('every printable character of ASCII, and some beyond, arrives', async () => {
      await real.agent.launch([
        'gnome-terminal',
        '--title=Typing',
        '--',
        'sh',
        '-c',
        'stty -icanon -echo; cat > ~/typed',
      ]);
      await real.windowNamed('Typing');
      await real.agent.activateWindow({ windowName: 'Typing' });
      const text = `${ASCII}é你 ü→Ж`;
      // Until cat listens, what is typed is the shell's.
      await eventually(async () => expect(await real.pids('cat')).not.toEqual([]));
      await real.act(
        `pyautogui.write(${JSON.stringify(text)}); pyautogui.hotkey('shift', ','); pyautogui.press('enter')`,
      );
      await eventually(async () => expect(await real.shell('cat ~/typed')).toBe(`${text}<\n`));
      await real.act(`pyautogui.hotkey('ctrl', 'd')`);
      await real.agent.closeWindow({ windowName: 'Typing' });
    });

    it('reads the active terminal, and only a terminal', async () => {
      await real.agent.launch('gnome-terminal --working-directory=/usr');
      await real.windowNamed('Terminal');
      await real.agent.activateWindow({ windowName: 'Terminal' });
      await eventually(async () => expect(await real.agent.terminalOutput()).toContain('/usr'));
      await real.act(`pyautogui.write('echo one two é你\\n')`);
      await eventually(async () =>
        expect(await real.agent.terminalOutput()).toMatch(/echo one two é你\n.*one two é你\n/s),
      );
      await real.agent.closeWindow({ windowName: 'Terminal' });
      await eventually(async () => expect(await real.agent.terminalOutput()).toBeNull());
    });

    it('lists windows oldest first, activates and closes them', async () => {
      for (const title of ['First', 'Zweites ü']) {
        await real.agent.launch(['gnome-terminal', `--title=${title}`]);
        await real.windowNamed(title);
      }
      const frames = async () => (await real.windows()).map(({ title, active }) => [title, active]);
      await real.agent.activateWindow({ windowName: 'first' });
      expect(await frames()).toEqual([
        ['First', true],
        ['Zweites ü', false],
      ]);
      await real.agent.activateWindow({ windowName: 'Zweites ü', strict: true });
      expect((await frames()).at(-1)).toEqual(['Zweites ü', true]);
      expect((await real.agent.windowSize('xterm'))?.width).toBeGreaterThan(100);
      await real.agent.closeWindow({ windowName: 'First' });
      await eventually(async () => expect((await frames()).map(([name]) => name)).toEqual(['Zweites ü']));
      await real.act(`pyautogui.hotkey('alt', 'f4')`);
      await eventually(async () => expect(await frames()).toEqual([]));
    });

    it('ctrl+alt+t opens a terminal, as OSWorld’s tasks expect', async () => {
      await real.act(`pyautogui.hotkey('ctrl', 'alt', 't')`);
      await real.windowNamed('Terminal');
      await real.agent.closeWindow({ windowName: 'Terminal' });
    });
  });

  describe.skipIf(findExecutable('tint2') === undefined)('the panel', () => {
    const TERMINAL_LAUNCHER = { x: 55, y: 17 };
    const FIRST_WINDOW = { x: 180, y: 17 };
    const frames = () => real.windows();
    const click = ({ x, y }: { x: number; y: number }) => real.act(`pyautogui.click(${x}, ${y})`);

    it('opens programs, puts windows away and brings them back, and is not a window itself', async () => {
      await eventually(async () => expect(await frames()).toEqual([]));
      await click(TERMINAL_LAUNCHER);
      await real.windowNamed('Terminal');
      await eventually(async () =>
        expect(await real.agent.terminalOutput()).toContain('user@user-virtual-machine'),
      );
      await click(FIRST_WINDOW);
      await eventually(async () => expect(await real.agent.terminalOutput()).toBeNull());
      await click(FIRST_WINDOW);
      await eventually(async () =>
        expect(await real.agent.terminalOutput()).toContain('user@user-virtual-machine'),
      );
      await real.agent.closeWindow({ windowName: 'Terminal' });
      await eventually(async () => expect(await frames()).toEqual([]));
    });

    it('no window lies under it, whatever the resolution', async () => {
      await real.agent.launch(['gnome-terminal', '--maximize']);
      for (const [width, height] of [
        [1280, 720],
        [1024, 600],
        [1280, 720],
      ] as const) {
        await post('set_screen_resolution', { width, height });
        await eventually(async () => {
          const [terminal] = await frames();
          expect(terminal?.top).toBeGreaterThanOrEqual(34);
          expect(terminal?.bottom).toBeLessThanOrEqual(height);
          expect(terminal?.bottom).toBeGreaterThan(height - 34);
        });
      }
      await real.agent.closeWindow({ windowName: 'Terminal' });
      await eventually(async () => expect(await frames()).toEqual([]));
    });

    it('what it starts has the desktop’s environment, and the home directory nothing of it', async () => {
      await click(TERMINAL_LAUNCHER);
      await real.windowNamed('Terminal');
      const [terminal] = await real.pids('xterm');
      const environment = await real.shell(`tr "\\0" "\\n" < /proc/${terminal}/environ`);
      expect(environment).toContain(`HOME=${real.desktop.home}\n`);
      expect(environment).not.toContain('XDG_CACHE_HOME');
      expect(await real.shell('find ~ | grep -i tint2')).toBe('');
      await real.agent.closeWindow({ windowName: 'Terminal' });
      await eventually(async () => expect(await frames()).toEqual([]));
    });
  });

  describe.skipIf(findExecutable('chromium') === undefined)('the browser', () => {
    it('CDP answers before there is one, and start it for who attaches', async () => {
      const version = async () => (await fetch(new URL('json/version', real.desktop.cdp))).json();
      expect(await version()).toMatchObject({ Browser: 'Chrome (starts when a client attaches)' });
      expect(await (await fetch(new URL('json/list', real.desktop.cdp))).json()).toEqual([]);
      expect(await real.pids('chrome')).toEqual([]);

      await real.agent.upload('~/page.html', Buffer.from('<title>Local page</title><h1>Hello</h1>'));
      const browser = await chromium.connectOverCDP(real.desktop.cdp.href);
      const page = await (browser.contexts()[0] ?? (await browser.newContext())).newPage();
      await page.goto(`file://${real.desktop.home}/page.html`);
      expect(await page.textContent('h1')).toBe('Hello');
      await browser.close();
      expect(await version()).toMatchObject({
        Browser: expect.stringMatching(/^(Chrome|HeadlessChrome)\/\d/),
      });
      await real.windowNamed('Local page');
    });

    it('the tasks’ own way works too: google-chrome with 1337, socat with 9222', async () => {
      await real.agent.upload('~/page.html', Buffer.from('<title>Local page</title><h1>Hello</h1>'));
      await real.agent.launch(['kill', ...(await real.pids('chrome')).map(String)]);
      await eventually(async () => expect(await real.pids('chrome')).toEqual([]));
      await real.agent.launch([
        'google-chrome',
        '--remote-debugging-port=1337',
        `file://${real.desktop.home}/page.html`,
      ]);
      await real.agent.launch(['socat', 'tcp-listen:9222,fork', 'tcp:localhost:1337']);
      await eventually(async () => {
        const list = await (await fetch(new URL('json/list', real.desktop.cdp))).json();
        expect(list).toContainEqual(expect.objectContaining({ title: 'Local page', type: 'page' }));
      });
    });
  });

  it('says nothing alarming of its own parts in its log', () => {
    expect(log.filter((line) => /openbox|tint2|dbus-daemon|X error/.test(line))).toEqual([]);
  });
});

function samePixel(one: Buffer, other: Buffer, x: number, y: number): boolean {
  const at = (y * 1280 + x) * 4;
  return one.subarray(at, at + 3).equals(other.subarray(at, at + 3));
}
