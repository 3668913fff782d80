/** The desktop image with real programs on a real X display, as `arpo-env image build` makes it. */
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { DockerProvider } from '../../src/providers/docker/provider.js';
import type { Desktop } from '../../src/providers/provider.js';
import { describeProviderContract } from '../providers/contract.js';
import { buildDesktopImage, X11_IMAGE } from '../support/desktop-image.mjs';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';
import { eventually } from '../support/eventually.js';

const forever = new AbortController().signal;

describeWithDockerd('a desktop with X11 in a container', () => {
  let daemon: TestDockerd;

  beforeAll(async () => {
    daemon = await TestDockerd.start();
    await buildDesktopImage(daemon, X11_IMAGE);
  }, 1_200_000);
  afterAll(() => daemon[Symbol.asyncDispose]());

  const provider = () =>
    new DockerProvider({
      ...{ image: X11_IMAGE, env: daemon.env, publishAddress: '127.0.0.1' },
      ...{ ramSize: 2 * 1024 ** 3, cpuCores: 2, diskSize: 1024 ** 3 },
    });
  const ready = ({ endpoints }: Desktop) =>
    waitUntilReady(endpoints, { budgetMs: 120_000, signal: forever, intervalMs: 100 });

  describeProviderContract('docker with X11', {
    provider,
    ready,
    crash: ({ id }) => daemon.api.getContainer(id).kill(),
    leftovers: () => daemon.everything(),
    timeoutMs: 180_000,
  });

  it('shows a screen of the asked size, and its Chromium can be driven', async () => {
    await using desktop = await provider().start({ signal: forever, onProgress: () => {} });
    await ready(desktop);
    const agent = new AgentClient(desktop.endpoints.agent);
    expect(await agent.screenSize()).toEqual({ width: 1920, height: 1080 });
    expect((await agent.screenshot()).length).toBeGreaterThan(1000);

    const browser = await chromium.connectOverCDP(desktop.endpoints.cdp.origin, { timeout: 60_000 });
    try {
      const page = await (browser.contexts()[0] ?? (await browser.newContext())).newPage();
      await page.goto('data:text/html,<title>inside</title>');
      expect(await page.title()).toBe('inside');
    } finally {
      await browser.close();
    }
    const shell = async (script: string) => (await agent.execute(script, { shell: true })).output;
    // The port that tasks give it, also when it was started on demand.
    const program = '/opt/google/chrome/chrome';
    expect(await shell('tr "\\0" " " < /proc/$(pgrep -o -x chrome)/cmdline')).toContain(
      `${program} --remote-debugging-port=1337 `,
    );
    await agent.execute(['pkill', 'chrome']);
    await eventually(async () => expect(await shell('pgrep -x chrome')).toBe(''));
  });

  it('has a real Python with pyautogui', async () => {
    await using desktop = await provider().start({ signal: forever, onProgress: () => {} });
    await ready(desktop);
    const code = [
      'import pyautogui, pyperclip',
      'for _ in range(2):',
      '    pyautogui.moveTo(50, 60)',
      "pyperclip.copy('é')",
      'print(tuple(pyautogui.position()), pyautogui.screenshot().size, pyperclip.paste())',
    ];
    const agent = new AgentClient(desktop.endpoints.agent);
    expect(await agent.execute(['python', '-c', code.join('\n')])).toMatchObject({
      output: '(50, 60) (1920, 1080) é\n',
      error: '',
      returncode: 0,
    });
  });
});
