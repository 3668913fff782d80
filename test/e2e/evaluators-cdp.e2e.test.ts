/** Getters of tabs, and what metrics make of them, against a real Chromium. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Task, taskSchema } from '../../src/desktop/task.js';
import type { EvaluationContext } from '../../src/evaluators/judge.js';
import { nativeJudge } from '../../src/evaluators/native/judge.js';
import { FixtureDesktop } from '../evaluators/native/fixture-desktop.js';
import { get } from '../evaluators/native/getters/get.js';
import { Chromium } from '../support/chromium.js';
import { describeWith } from '../support/components.js';

const { judge: evaluate } = nativeJudge;

describeWith('chromium', 'tab getters on a real Chromium', () => {
  let chromium: Chromium;
  let desktop: FixtureDesktop;
  const site = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<title>${request.url}</title><p>Item ${request.url}</p>`);
  });
  const host = () => `127.0.0.1:${(site.address() as AddressInfo).port}`;
  const context = (): EvaluationContext => {
    const base = desktop.context();
    return { ...base, endpoints: { ...base.endpoints, cdp: chromium.cdp } };
  };

  beforeAll(async () => {
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    chromium = await Chromium.start();
    desktop = await FixtureDesktop.start();
    desktop.accessibilityTree = `<desktop-frame><application name="Google Chrome">
      <entry name="Address and search bar">${host()}/cart?id=1</entry></application></desktop-frame>`;
  });

  afterAll(async () => {
    await chromium[Symbol.asyncDispose]();
    await desktop[Symbol.asyncDispose]();
    site.closeAllConnections();
    site.close();
  });

  it('open_tabs_info tells what is open, for is_expected_tabs', async () => {
    const evaluator = {
      func: 'is_expected_tabs',
      postconfig: [
        {
          type: 'chrome_open_tabs',
          parameters: { urls_to_open: ['/a', '/b'].map((path) => `http://${host()}${path}`) },
        },
      ],
      result: { type: 'open_tabs_info' },
      expected: { type: 'rule', rules: { type: 'url', urls: [`http://${host()}/b`, `http://${host()}/a`] } },
    };

    expect(await evaluate(task(evaluator), context())).toBe(1);
    expect(await get({ type: 'open_tabs_info' }, context())).toEqual(
      expect.arrayContaining([{ title: '/a', url: `http://${host()}/a` }]),
    );
  });

  it('open_tabs_info starts a Chrome that was closed', async () => {
    desktop.answers.set('/setup/launch', 'launched');
    const isLaunched = () => desktop.requests.includes('POST /setup/launch');
    // As socat in the guest: the port is there, whether Chrome is or not.
    const forward = createTcpServer((client) => {
      client.on('error', () => undefined);
      if (!isLaunched()) return void client.destroy();
      const chrome = connect(Number(chromium.cdp.port), chromium.cdp.hostname);
      chrome.on('error', () => client.destroy());
      client.pipe(chrome).pipe(client);
    });
    forward.listen(0, '127.0.0.1');
    await once(forward, 'listening');
    try {
      const cdp = new URL(`http://127.0.0.1:${(forward.address() as AddressInfo).port}/`);
      const base = context();
      const tabs = await get({ type: 'open_tabs_info' }, { ...base, endpoints: { ...base.endpoints, cdp } });
      expect(isLaunched()).toBe(true);
      expect(tabs).toEqual(await get({ type: 'open_tabs_info' }, base));
    } finally {
      forward.close();
    }
  });

  it('active_tab_info loads what the address bar names, and leaves no tab behind', async () => {
    const before = await get({ type: 'open_tabs_info' }, context());
    const evaluator = {
      func: ['is_expected_active_tab', 'is_added_to_steam_cart'],
      result: ['http://', 'http://'].map((goto_prefix) => ({ type: 'active_tab_info', goto_prefix })),
      expected: [
        { type: 'rule', rules: { type: 'url', url: `http://${host()}/cart?id=1` } },
        { type: 'rule', rules: { items: ['Item /cart?id=1'] } },
      ],
    };

    expect(await evaluate(task(evaluator), context())).toBe(1);
    expect(await get({ type: 'open_tabs_info' }, context())).toEqual(before);
  });

  it('page_info fails for a page that does not load', async () => {
    await expect(get({ type: 'page_info', url: 'http://127.0.0.1:9/' }, context())).rejects.toThrow(
      'net::ERR',
    );
  });
});

function task(evaluator: unknown): Task {
  return taskSchema.parse({ id: 'fixture', instruction: 'do it', evaluator });
}
