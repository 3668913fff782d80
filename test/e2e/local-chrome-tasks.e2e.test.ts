/**
 * Tasks of OSWorld in Chrome, from their own set-up to their own score, once solved and once not. Chrome is real, with its
 * settings and files, its window, its tabs and its address bar; only the web's pages are ours.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BothPaces } from '../support/both-paces.js';
import { onPage, servePages, setting, whenBarShows } from '../support/chrome-acts.js';
import { describeWith } from '../support/components.js';
import { type Act, WHEN_BROWSING } from '../support/local-server.js';
import { describeWithTasks, osworldTask } from '../support/osworld-tasks.js';

interface Script {
  id: string;
  what: string;
  solved: readonly Act[];
  unsolved: readonly Act[];
}

/** Types a URL into the address bar, and waits until the active tab is that page: so much of it is shown. */
function visit(url: string, shown: string): Act[] {
  return [WHEN_BROWSING, "hotkey(key='ctrl l')", `type(content='${url}\\n')`, whenBarShows(shown)];
}

const bookmarkFolder = (title: string) =>
  onPage('chrome://bookmarks', (page) =>
    page.evaluate(`chrome.bookmarks.create({ parentId: '1', title: '${title}' })`),
  );

const profileName = (name: string) =>
  onPage('chrome://settings/manageProfile', (page) =>
    page.evaluate(`chrome.send('setProfileName', ['${name}'])`),
  );

const searchEngine = (name: string) =>
  onPage('chrome://settings/search', async (page) => {
    await page.getByRole('button', { name: 'Change' }).first().click();
    await page.getByText(name).first().click();
    await page.getByRole('button', { name: 'Set as default' }).click();
  });

const inOneYear = () => Math.round(Date.now() / 1000) + 365 * 86_400;
const cookies = (use: (context: ReturnType<Page['context']>) => Promise<unknown>) =>
  onPage('chrome://version', (page) => use(page.context()));
const cookieOf = (domain: string) =>
  cookies((chrome) =>
    chrome.addCookies([{ name: 'session-id', value: '1', domain, path: '/', expires: inOneYear() }]),
  );

const FORMS = 'https://www.justice.gov/forms?title=&field_component_target_id=';
const COMPARE = 'https://www.apple.com/iphone/compare/?modelList=';

const SCRIPTS: readonly Script[] = [
  {
    id: '030eeff7-b492-4218-b312-701ec99ee0cc',
    what: "preferences: 'Do Not Track' is on",
    solved: [setting('enable_do_not_track', true)],
    unsolved: [],
  },
  {
    id: 'af630914-714e-4a24-a7bb-f9af687d3b91',
    what: 'preferences: the largest font',
    solved: [setting('webkit.webprefs.default_font_size', 32)],
    unsolved: [setting('webkit.webprefs.default_font_size', 12)],
  },
  {
    id: '99146c54-4f37-4ab8-9327-5f3291665e1e',
    what: 'preferences: site data goes when Chrome is closed',
    solved: [setting('generated.cookie_default_content_setting', 'session_only')],
    unsolved: [],
  },
  {
    id: '2ae9ba84-3a0d-4d4c-8338-3a1478dc5fe3',
    what: "preferences: the profile's name",
    solved: [profileName('Thomas')],
    unsolved: [profileName('Tom')],
  },
  {
    id: 'bb5e4c0d-f964-439c-97b6-bdb9747de3f4',
    what: 'preferences: the search engine',
    solved: [searchEngine('Microsoft Bing')],
    unsolved: [searchEngine('DuckDuckGo')],
  },
  {
    id: '2ad9387a-65d8-4e33-ad5b-7580065a27ca',
    what: 'bookmarks: a new folder on the bar',
    solved: [bookmarkFolder('Favorites')],
    unsolved: [bookmarkFolder('Favourites')],
  },
  {
    id: '7a5a7856-f1b6-42a4-ade9-1ca81ca0f263',
    what: 'bookmarks: the page of the active tab, by keys',
    solved: [
      WHEN_BROWSING,
      ...["hotkey(key='ctrl d')", "press(key='tab')", "press(key='up')", "press(key='enter')"],
    ],
    // Chrome's own choice is another folder.
    unsolved: [WHEN_BROWSING, "hotkey(key='ctrl d')", "press(key='enter')"],
  },
  {
    id: '7b6c7e24-c58a-49fc-a5bb-d57b80e5b4c3',
    what: "cookies: those of one site's are deleted",
    solved: [
      cookieOf('.amazon.com'),
      cookieOf('.example.com'),
      cookies((chrome) => chrome.clearCookies({ domain: '.amazon.com' })),
    ],
    unsolved: [cookieOf('.amazon.com')],
  },
  {
    id: 'a728a36e-8bf1-4bb6-9a03-ef039a5233f0',
    what: 'address bar: a page of a site, typed',
    solved: visit('https://www.dmv.virginia.gov/licenses-ids/license/applying/eligibility', 'eligibility'),
    unsolved: visit('https://www.dmv.virginia.gov/licenses-ids/license/renewal', 'renewal'),
  },
  {
    id: '9f935cce-0a9f-435f-8007-817732bfc0a5',
    what: 'address bar: what a form was told, typed',
    solved: visit(`${FORMS}431`, 'id=431'),
    unsolved: visit(`${FORMS}440`, 'id=440'),
  },
  {
    id: '59155008-fe71-45ec-8a8f-dc35497b6aa8',
    what: 'address bar: this very page, typed',
    solved: visit('https://www.babycenter.com/baby-names/details/carl-853', 'carl-853'),
    unsolved: visit('https://www.babycenter.com/baby-names/details/karl-2853', 'karl-2853'),
  },
  {
    id: 'f5d96daf-83a8-4c86-9686-bada31fc66ab',
    what: 'address bar: a list in a query, typed',
    solved: visit(`${COMPARE}iphone-15-pro-max,iphone-14-pro-max,iphone-13-pro-max`, '-13-pro-max'),
    unsolved: visit(`${COMPARE}iphone-15-pro-max,iphone-14-pro-max,iphone-13-pro`, '-13-pro'),
  },
  {
    id: '06fe7178-4491-4589-810f-2e2bc9502122',
    what: 'tabs: the one that was closed last is back, by keys',
    solved: [WHEN_BROWSING, "hotkey(key='ctrl shift t')", whenBarShows('tripadvisor.com')],
    unsolved: [WHEN_BROWSING, "hotkey(key='ctrl t')"],
  },
];

describeWith('at-spi-bus-launcher', "tasks of OSWorld in a real local desktop's Chrome", () => {
  let local: BothPaces;
  beforeAll(async () => {
    local = await BothPaces.start(servePages);
  });
  afterAll(() => local?.[Symbol.asyncDispose]());

  describeWithTasks('once solved, once not', () => {
    it.each(SCRIPTS)('$what', async ({ id, solved, unsolved }) => {
      const task = osworldTask(id);
      // Where nothing is done by actions, a pace changes nothing.
      const players = solved.some((act) => typeof act === 'string') ? local : local.reference;
      expect(await players.play(task, solved)).toBe(1);
      expect(await local.reference.play(task, unsolved)).toBe(0);
    });
  });
});
