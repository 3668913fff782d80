/** Tasks that are judged by the accessibility tree, on real local desktops: once solved, once not. */
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/components.js';
import { LocalServer, WHEN_BROWSING } from '../support/local-server.js';
import { describeWithTasks, osworldTask } from '../support/osworld-tasks.js';

const FINISHED = 'finished()';
const THIS_MONTH = new Date().toLocaleString('en-US', { month: 'long' }).toLowerCase();

/** Tasks of OSWorld: a page that solves each, and one that does not. */
const VISITS: readonly { id: string; what: string; solved: string; unsolved: string }[] = [
  {
    id: '12086550-11c0-466b-b367-1d9e75b3910e',
    what: 'a page of Chrome itself',
    solved: 'chrome://password-manager/passwords',
    unsolved: 'chrome://settings/',
  },
  {
    id: 'f0b971a1-6831-4b9b-a50e-22a6e47f45ba',
    what: 'the URL of a page',
    solved: 'https://www.nfl.com/scores/2019/post4',
    unsolved: 'https://www.nfl.com/scores/2019/post3',
  },
  {
    id: 'b070486d-e161-459b-aa2b-ef442d973b92',
    what: 'one of two URLs, the fragment counts',
    solved: 'https://www.drugs.com/tamiflu.html#side-effects',
    unsolved: 'https://www.drugs.com/tamiflu.html',
  },
  {
    id: '82279c77-8fc6-46f6-9622-3ba96f61b477',
    what: 'parameters of the query',
    solved:
      'https://www.cars.com/shopping/results/?fuel_slugs[]=electric&list_price_max=50000&maximum_distance=50&zip=10001',
    unsolved: 'https://www.cars.com/shopping/results/?list_price_max=50000&maximum_distance=50&zip=10001',
  },
  {
    id: '368d9ba4-203c-40c1-9fa3-da2f1430ce63',
    what: 'a part of the path that goes by the calendar',
    solved: `https://www.accuweather.com/en/gb/manchester/m15-6/${THIS_MONTH}-weather/329260`,
    unsolved: 'https://www.accuweather.com/en/gb/manchester/m15-6/weather-forecast/329260',
  },
  {
    id: '2888b4e6-5b47-4b57-8bf5-c73827890774',
    what: 'filters in a path',
    solved:
      'https://www.macys.com/shop/mens-clothing/mens-shirts/Men_regular_size_t,Price_discount_range,Sleeve_length/L,50_PERCENT_%20off%20%26%20more,Short%20Sleeve?id=20626',
    unsolved: 'https://www.macys.com/shop/mens-clothing/mens-shirts/Sleeve_length/Long%20Sleeve?id=20626',
  },
];

describeWith('at-spi-bus-launcher', 'tasks that are judged by the accessibility tree', () => {
  let local: LocalServer;
  beforeAll(async () => {
    local = await LocalServer.start();
  });
  afterAll(() => local?.[Symbol.asyncDispose]());

  const scoreAfter = async (task: object, url: string) => {
    await local.client.reset(task);
    await visit(local, url);
    await local.client.step(`Thought: it is open.\nAction: ${FINISHED}`);
    return (await local.client.evaluate()).reward;
  };

  it('the address bar of a page, typed by actions', async () => {
    const url = 'chrome://version/';
    const task = taskOfUrl('chrome://version');
    const open = ["hotkey(key='ctrl l')", `type(content='${url}\\n')`, 'wait()', FINISHED];
    expect(await local.play(task, [WHEN_BROWSING, ...open])).toBe(1);
    expect(await local.play(task, [WHEN_BROWSING, FINISHED])).toBe(0);
  });

  describeWithTasks('of OSWorld', () => {
    it.each(VISITS)('$what', async ({ id, solved, unsolved }) => {
      expect(await scoreAfter(osworldTask(id), solved)).toBe(1);
      expect(await scoreAfter(osworldTask(id), unsolved)).toBe(0);
    });
  });
});

/** Shows a page in the active tab. What it loads is ours, wherever this runs. */
async function visit(local: LocalServer, url: string): Promise<void> {
  const desktop = local.desktops.at(-1);
  if (!desktop) throw new Error('no desktop was started');
  // Between steps the env keeps it paused.
  await desktop.resume();
  const browser = await chromium.connectOverCDP(desktop.endpoints.cdp.href);
  try {
    const page = browser.contexts()[0]?.pages()[0];
    if (!page) throw new Error('no tab is open');
    await page.route('**/*', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>Ours</title><h1>Ours</h1>' }),
    );
    await page.goto(url);
  } finally {
    await browser.close();
    await desktop.pause();
  }
}

/** As OSWorld asks for the page that is shown. */
function taskOfUrl(url: string): object {
  return {
    id: 'address-bar',
    instruction: `Open ${url}`,
    config: [{ type: 'launch', parameters: { command: ['google-chrome', '--remote-debugging-port=1337'] } }],
    evaluator: {
      func: 'is_expected_active_tab_approximate',
      result: { type: 'active_url_from_accessTree', goto_prefix: '' },
      expected: { type: 'rule', rules: { type: 'url', url } },
    },
  };
}
