import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Launchd } from '../../../src/runs/service/launchd.js';
import { FakeManager, SPEC } from './fake-manager.js';

const { signal } = new AbortController();
const NOT_LOADED = { 'launchctl print': { exitCode: 113, stderr: 'Could not find service' } };

/** The `<string>`s of the array under `key`, as a property list's reader sees them. */
function strings(plist: string, key: string): string[] {
  const [, array = ''] = plist.match(new RegExp(`<key>${key}</key>\\s*<array>([\\s\\S]*?)</array>`)) ?? [];
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  return [...array.matchAll(/<string>([^<]*)<\/string>/g)].map(([, text = '']) =>
    text.replace(/&\w+;/g, (entity) => entities[entity] ?? entity),
  );
}

test('an agent of the user, whose secrets node reads from their file', async () => {
  using fake = new FakeManager();
  const home = fake.folder.path;
  const { path, text } = await new Launchd(fake.context()).render(SPEC);
  expect(path).toBe(join(home, 'Library/LaunchAgents/arpo-env.serve.plist'));
  expect(strings(text, 'ProgramArguments')).toEqual([
    '/usr/bin/node',
    `--env-file=${home}/.config/arpo-env/serve.env`,
    '/opt/arpo-env/bin/arpo-env.js',
    'serve',
    '--config',
    '/home/user/arpo-env.config.yaml',
  ]);
  expect(text).not.toMatch(/\{\{|UserName/);
});

test('a daemon of the machine runs as the user', async () => {
  using fake = new FakeManager();
  const { path, text } = await new Launchd(fake.context({ scope: 'system', isRoot: true })).render(SPEC);
  expect(path).toBe('/Library/LaunchDaemons/arpo-env.serve.plist');
  expect(text).toMatch(/<key>UserName<\/key>\s*<string>user<\/string>/);
});

test('markup in an argument stays text, and control characters are refused', async () => {
  using fake = new FakeManager();
  const launchd = new Launchd(fake.context());
  const args = ['</string><string>--insecure', '&lt;', 'a b'];
  expect(strings((await launchd.render({ ...SPEC, args })).text, 'ProgramArguments').slice(4)).toEqual(args);
  await expect(launchd.render({ ...SPEC, args: ['\u0007'] })).rejects.toMatchObject({ code: 'E_USAGE' });
});

test('install writes both files and loads the agent', async () => {
  using fake = new FakeManager();
  fake.answers = NOT_LOADED;
  const launchd = new Launchd(fake.context());
  await launchd.install(SPEC, signal);
  const { path, text } = await launchd.render(SPEC);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect((await stat(launchd.environmentFile('serve'))).mode & 0o777).toBe(0o600);
  expect(fake.asked).toEqual([
    'launchctl print gui/1000/arpo-env.serve',
    'launchctl enable gui/1000/arpo-env.serve',
    `launchctl bootstrap gui/1000 ${path}`,
  ]);
});

/** A launchd that has the service loaded, and takes some looks until it has ended it, and some tries to take its name again. */
function busyLaunchd(fake: FakeManager, { ending, draining }: { ending: number; draining: number }) {
  let isLoaded = true;
  let isEnding = false;
  const sleeps: number[] = [];
  const context = fake.context({
    run: async (_program, [verb = '', ...args]) => {
      fake.asked.push([verb, ...args].join(' '));
      if (verb === 'bootout') isEnding = true;
      if (verb === 'bootout') return { exitCode: 36, stdout: '', stderr: 'Operation now in progress' };
      if (verb === 'print' && isEnding && ending-- <= 0) isLoaded = false;
      if (verb === 'print')
        return { exitCode: isLoaded ? 0 : 113, stdout: isLoaded ? '\tstate = SIGTERMed\n' : '', stderr: '' };
      const fails = verb === 'bootstrap' && (isLoaded || draining-- > 0);
      return {
        exitCode: fails ? 5 : 0,
        stdout: '',
        stderr: fails ? 'Bootstrap failed: 5: Input/output error' : '',
      };
    },
    sleep: async (ms) => void sleeps.push(ms),
  });
  return { launchd: new Launchd(context), sleeps };
}

test('one that is loaded is replaced when it has ended, and when launchd takes its name again', async () => {
  using fake = new FakeManager();
  const { launchd, sleeps } = busyLaunchd(fake, { ending: 2, draining: 2 });
  await launchd.install(SPEC, signal);
  const verbs = fake.asked.map((line) => line.split(' ')[0]);
  expect(verbs).toEqual([
    ...['print', 'bootout', 'print', 'print', 'print', 'enable'],
    ...['bootstrap', 'bootstrap', 'bootstrap'],
  ]);
  expect(sleeps).toHaveLength(4);
});

test('one that does not end is named, and its file stays', async () => {
  using fake = new FakeManager();
  const { launchd, sleeps } = busyLaunchd(fake, { ending: Number.POSITIVE_INFINITY, draining: 0 });
  await expect(launchd.install(SPEC, signal)).rejects.toMatchObject({
    code: 'E_SERVICE',
    fix: 'launchctl kill SIGKILL gui/1000/arpo-env.serve',
  });
  expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(100_000);
  expect(existsSync((await launchd.render(SPEC)).path)).toBe(true);
});

test('status reads what launchctl prints', async () => {
  using fake = new FakeManager();
  const launchd = new Launchd(fake.context());
  expect(await launchd.status('serve', signal)).toMatchObject({ state: 'not installed' });
  fake.answers = NOT_LOADED;
  await launchd.install(SPEC, signal);
  fake.answers = { print: { stdout: 'arpo-env.serve = {\n\tstate = running\n\tpid = 4711\n}\n' } };
  expect(await launchd.status('serve', signal)).toMatchObject({ state: 'active', pid: 4711 });
  fake.answers = NOT_LOADED;
  expect(await launchd.status('serve', signal)).toMatchObject({ state: 'not loaded', pid: null });
});

test('uninstall unloads and removes', async () => {
  using fake = new FakeManager();
  const launchd = new Launchd(fake.context());
  expect(await launchd.uninstall('serve', signal)).toBe(false);
  fake.answers = NOT_LOADED;
  await launchd.install(SPEC, signal);
  const { launchd: loaded } = busyLaunchd(fake, { ending: 1, draining: 0 });
  expect(await loaded.uninstall('serve', signal)).toBe(true);
  expect(fake.asked.slice(-3).map((line) => line.split(' ')[0])).toEqual(['bootout', 'print', 'print']);
  expect(existsSync((await launchd.render(SPEC)).path)).toBe(false);
});

test('what launchctl refuses is said in its words', async () => {
  using fake = new FakeManager();
  fake.answers = {
    ...NOT_LOADED,
    bootstrap: { exitCode: 5, stderr: 'Bootstrap failed: 5: Input/output error\n' },
  };
  await expect(new Launchd(fake.context()).install(SPEC, signal)).rejects.toMatchObject({
    code: 'E_SERVICE',
    message: expect.stringContaining('Bootstrap failed: 5: Input/output error'),
  });
});
