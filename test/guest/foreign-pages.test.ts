/** A page that happens to be open in a browser on this machine can post to the agent's port. */
import { expect, test } from 'vitest';
import { practiceDesktop } from './practice-desktop.js';

const FORM = new URLSearchParams({ file_path: '/home/user/.bashrc' });

test.each([
  ['of another site', 'https://pages.example', 403],
  ['of another port here', 'http://127.0.0.1:1', 403],
  ['without an origin of its own', 'null', 403],
  ['of the agent itself', null, 200],
] as const)('a page %s', async (_whose, foreign, status) => {
  await using guest = await practiceDesktop();
  const origin = foreign ?? guest.desktop.agent.origin;
  const post = (path: string) =>
    fetch(new URL(path, guest.desktop.agent), { method: 'POST', headers: { origin }, body: FORM });
  expect((await post('/file')).status).toBe(status === 403 ? 403 : 404);
  expect((await fetch(new URL('/platform', guest.desktop.agent), { headers: { origin } })).status).toBe(
    status,
  );
});

test('a program, which has no origin, is served', async () => {
  await using guest = await practiceDesktop();
  expect((await fetch(new URL('/platform', guest.desktop.agent))).status).toBe(200);
});
