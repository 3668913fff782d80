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
    `launchctl bootstrap gui/1000 ${path}`,
  ]);
});

test('one that is loaded is replaced', async () => {
  using fake = new FakeManager();
  const launchd = new Launchd(fake.context());
  await launchd.install(SPEC, signal);
  expect(fake.asked[1]).toBe('launchctl bootout gui/1000/arpo-env.serve');
});

test('status reads what launchctl prints', async () => {
  using fake = new FakeManager();
  const launchd = new Launchd(fake.context());
  expect(await launchd.status('serve', signal)).toMatchObject({ state: 'not installed' });
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
  await launchd.install(SPEC, signal);
  expect(await launchd.uninstall('serve', signal)).toBe(true);
  expect(fake.asked.at(-1)).toBe('launchctl bootout gui/1000/arpo-env.serve');
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
