/** The Chrome steps against a real Chromium: its tabs, and its own history database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import got from 'got';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { FILL_HISTORY } from '../../src/desktop/setup/browse-history.js';
import { runSetup, type SetupContext } from '../../src/desktop/setup/run-setup.js';
import { describeWith, findExecutable } from '../support/components.js';

const UNUSED = new URL('http://127.0.0.1:9/');

describeWith('chromium', 'Chrome steps on a real Chromium', () => {
  let folder: string;
  let chromium: ChildProcess;
  let cdp: URL;
  const site = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<title>${request.url}</title>`);
  });
  const page = (path: string) => `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpo-env-cdp-'));
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    ({ chromium, cdp } = await startChromium(join(folder, 'profile')));
  });

  afterAll(async () => {
    await stop(chromium);
    site.closeAllConnections();
    site.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function tabs(): Promise<string[]> {
    const targets = await got(new URL('json/list', cdp)).json<{ type: string; url: string }[]>();
    return targets.filter(({ type }) => type === 'page').map(({ url }) => url);
  }

  function context(progress: string[] = [], signal = new AbortController().signal): SetupContext {
    return {
      agent: new AgentClient(UNUSED),
      endpoints: { agent: UNUSED, cdp, watch: UNUSED, vlc: UNUSED },
      cacheDir: join(folder, 'task'),
      clientPassword: 'password',
      screen: { width: 1920, height: 1080 },
      signal,
      onProgress: (text) => progress.push(text),
    };
  }

  const open = (...urls: string[]) => ({ type: 'chrome_open_tabs', parameters: { urls_to_open: urls } });
  const close = (...urls: string[]) => ({ type: 'chrome_close_tabs', parameters: { urls_to_close: urls } });

  it('opens tabs that outlive the connection, in place of the first one', async () => {
    expect(await tabs()).toEqual(['about:blank']);
    await runSetup([open(page('/a'), page('/b'))], context());
    expect((await tabs()).sort()).toEqual([page('/a'), page('/b')]);
  });

  it('goes on when a page does not load, and tells it', async () => {
    const progress: string[] = [];
    await runSetup([open('http://127.0.0.1:9/nobody', page('/c'))], context(progress));
    expect(await tabs()).toContain(page('/c'));
    expect(progress).toContainEqual(
      expect.stringMatching(
        /^chrome_open_tabs: http:\/\/127\.0\.0\.1:9\/nobody did not load; continuing as OSWorld does: /,
      ),
    );
  });

  it('closes the first tab that shows each URL', async () => {
    const before = await tabs();
    expect(before).toContain(page('/c'));
    await runSetup([close(page('/c'))], context());
    expect((await tabs()).sort()).toEqual(before.filter((url) => url !== page('/c')).sort());
  });

  it('goes on when no tab shows the URL, and tells it', async () => {
    const before = await tabs();
    const progress: string[] = [];
    await runSetup([close('https://example.com/nowhere')], context(progress));
    expect(await tabs()).toEqual(before);
    expect(progress).toContain(
      'chrome_close_tabs: no tab shows https://example.com/nowhere; continuing as OSWorld does',
    );
  });

  it('ends at an abort while a page keeps loading', async () => {
    const controller = new AbortController();
    const never = createServer(() => controller.abort(new Error('enough')));
    never.listen(0, '127.0.0.1');
    await once(never, 'listening');
    try {
      const url = `http://127.0.0.1:${(never.address() as AddressInfo).port}/`;
      await expect(runSetup([open(url)], context([], controller.signal))).rejects.toThrow('enough');
    } finally {
      never.closeAllConnections();
      never.close();
    }
  });

  it('refuses a Host header that is a name, for which withChrome connects by address', async () => {
    const version = (host: string) =>
      got(new URL('json/version', cdp), { headers: { host }, throwHttpErrors: false, retry: { limit: 0 } });
    expect((await version('desktop.example:9222')).statusCode).toBe(500);
    expect((await version('192.0.2.7:9222')).statusCode).toBe(200);
  });

  describe.skipIf(findExecutable('python3') === undefined)('update_browse_history (needs python3)', () => {
    it('adds visits to a database of this Chromium', async () => {
      const profile = join(folder, 'history-profile');
      const history = join(profile, 'Default/History');
      const started = await startChromium(profile);
      await vi.waitFor(() => expect(existsSync(history)).toBe(true), { timeout: 60_000, interval: 50 });
      await stop(started.chromium);

      const home = join(folder, 'home');
      const copy = join(folder, 'copy.sqlite');
      await mkdir(home);
      await copyFile(history, copy);
      const visits = [
        {
          url: 'https://example.com/?a=1&b=2',
          title: '강남 "스타일" \'x\'',
          visit_time_from_now_in_seconds: 3600,
        },
        { url: 'https://example.org/', title: '', visit_time_from_now_in_seconds: 0.5 },
      ];
      await execa('python3', ['-c', FILL_HISTORY, copy, JSON.stringify(visits)], { env: { HOME: home } });

      const query =
        "import json, sqlite3, sys; db = sqlite3.connect(sys.argv[1]); print(json.dumps(db.execute('SELECT u.url, u.title, u.visit_count, v.transition, (v.visit_time = u.last_visit_time), v.visit_time / 1000000 - 11644473600 FROM urls u JOIN visits v ON v.url = u.id ORDER BY u.id').fetchall()))";
      const { stdout } = await execa('python3', ['-c', query, guestHistory(home)]);
      const rows = JSON.parse(stdout) as [string, string, number, number, number, number][];
      expect(rows.map((row) => row.slice(0, 5))).toEqual(
        visits.map(({ url, title }) => [url, title, 1, 805306368, 1]),
      );
      const [first = 0, second = 0] = rows.map((row) => row[5]);
      expect(second - first).toBeGreaterThanOrEqual(3599);
      expect(second - first).toBeLessThanOrEqual(3600);
      expect(Math.abs(Date.now() / 1000 - second)).toBeLessThan(3600);
      expect(existsSync(copy)).toBe(false);
    });
  });
});

/** Where the agent's browser keeps its history: chromium's place on ARM. */
function guestHistory(home: string): string {
  const places = ['.config/google-chrome/Default/History', 'snap/chromium/common/chromium/Default/History'];
  const found = places.map((place) => join(home, place)).find((file) => existsSync(file));
  return found ?? expect.fail(`no history under ${home}`);
}

async function startChromium(profile: string): Promise<{ chromium: ChildProcess; cdp: URL }> {
  const flags = ['--headless', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
  const chromium = spawn(findExecutable('chromium') ?? 'chromium', [...flags, 'about:blank'], {
    stdio: 'ignore',
  });
  const portFile = join(profile, 'DevToolsActivePort');
  const port = await vi.waitFor(
    async () => {
      const [line = ''] = (await readFile(portFile, 'utf8')).split('\n');
      expect(line).toMatch(/^\d+$/);
      return line;
    },
    { timeout: 60_000, interval: 50 },
  );
  return { chromium, cdp: new URL(`http://127.0.0.1:${port}/`) };
}

async function stop(chromium: ChildProcess): Promise<void> {
  if (chromium.exitCode !== null || chromium.signalCode !== null) return;
  const exited = once(chromium, 'exit');
  chromium.kill('SIGTERM');
  await exited;
}
