import { expect, it } from 'vitest';
import { FixtureDesktop } from '../fixture-desktop.js';
import { get } from './get.js';

it('open_tabs_info starts a Chrome that was closed, and does not wait for ever', async () => {
  const waits: number[] = [];
  await using desktop = await FixtureDesktop.start();
  desktop.answers.set('/setup/launch', 'launched');
  const told: string[] = [];
  const context = desktop.context({
    onProgress: (text) => told.push(text),
    sleep: async (ms) => void waits.push(ms),
  });
  await expect(get({ type: 'open_tabs_info' }, context)).rejects.toMatchObject({
    code: 'E_CHROME_UNREACHABLE',
  });
  expect(desktop.requests.filter((request) => request === 'POST /setup/launch')).toHaveLength(1);
  expect(desktop.requests.filter((request) => request === 'GET /json/version')).toHaveLength(4);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(15_000);
  expect(told[0]).toMatch(/^open_tabs_info starts Chrome: Chrome at .* cannot be driven/);
});

it('page_info starts no Chrome', async () => {
  await using desktop = await FixtureDesktop.start();
  await expect(get({ type: 'page_info', url: 'http://a.example/' }, desktop.context())).rejects.toMatchObject(
    {
      code: 'E_CHROME_UNREACHABLE',
    },
  );
  expect(desktop.requests).toEqual(Array(3).fill('GET /json/version'));
});
