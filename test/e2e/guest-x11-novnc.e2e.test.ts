/** A person takes over a real desktop in a real browser: noVNC's page, its WebSocket, x11vnc. */
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith, findExecutable } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { type RealDesktop, realDesktop } from '../support/x11-desktop.js';

const SCREEN = { width: 1280, height: 720 };
const INNER = '#noVNC_container canvas';

describeWith('x11vnc', 'noVNC on the watch page of a real desktop', () => {
  let real: RealDesktop;
  let browser: Browser;
  beforeAll(async () => {
    real = await realDesktop({ screen: SCREEN, ports: { vnc: 0 } });
    const executablePath = findExecutable('chromium') ?? '';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await real?.[Symbol.asyncDispose]();
  });

  /** The page as soon as it shows the desktop, at the desktop's own size. */
  async function openPage(): Promise<Page> {
    const page = await browser.newPage({ viewport: SCREEN });
    await page.goto(real.desktop.watch.href);
    await page.waitForFunction(`document.querySelector('${INNER}')?.width === ${SCREEN.width}`);
    await eventually(async () => expect(await lightPixels(page)).toBeGreaterThan(0.9));
    return page;
  }

  it('is where the desktop says that a person watches', async () => {
    expect(real.desktop.watch.pathname).toBe('/vnc.html');
    const pictures = await browser.newPage();
    await pictures.goto(new URL('/', real.desktop.watch).href);
    await pictures.waitForFunction(`document.images[0].naturalWidth === ${SCREEN.width}`);
    await pictures.click('a');
    await pictures.waitForSelector(INNER);
    await pictures.close();
  });

  it('shows the desktop; clicks and keys arrive in it', async () => {
    const page = await openPage();
    await page.mouse.click(200, 650);
    await eventually(async () => {
      const at = await fetch(new URL('cursor_position', real.desktop.agent));
      expect(await at.json()).toEqual([200, 650]);
    });
    const script = 'echo $$ > ~/reads; read -r line; echo "$line" > ~/typed';
    await real.agent.launch(['gnome-terminal', '--title=Watched', '--', 'sh', '-c', script]);
    await eventually(async () => expect(await real.shell('cat ~/reads')).not.toBe(''));
    await real.agent.activateWindow({ windowName: 'Watched' });
    await page.keyboard.type('Typed by a person: 42!\n');
    await eventually(async () => expect(await real.shell('cat ~/typed')).toBe('Typed by a person: 42!\n'));
    await page.close();
  });

  it('two may watch; x11vnc ends with who watched', async () => {
    const viewers = async () => (await real.pids('x11vnc')).length;
    await eventually(async () => expect(await viewers()).toBe(0));
    const pages = [await openPage(), await openPage()];
    expect(await viewers()).toBe(2);
    for (const page of pages) await page.close();
    await eventually(async () => expect(await viewers()).toBe(0));
  });

  it('another page cannot drive it', async () => {
    const page = await browser.newPage();
    await page.goto('data:text/html,<title>foreign</title>');
    const address = `ws://${real.desktop.watch.host}/websockify`;
    const outcome = await page.evaluate(
      `new Promise((resolve) => {
        const socket = new WebSocket('${address}');
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      })`,
    );
    expect(outcome).toBe('refused');
    await page.close();
  });
});

/** Share of what the page shows that is not black. */
async function lightPixels(page: Page): Promise<number> {
  const image = await loadImage(await page.locator(INNER).screenshot());
  const canvas = createCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  const pixels = canvas.data();
  let light = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    if ((pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0) > 60) light += 1;
  }
  return (light * 4) / pixels.length;
}
