import initSqlJs from 'sql.js';
import { describe, expect, it } from 'vitest';
import { FixtureDesktop } from '../fixture-desktop.js';
import { get } from './get.js';

const PROFILE = '~/.config/google-chrome';
const FONTS = { default_fixed_font_size: 13, default_font_size: 16 };

describe('preference getters', () => {
  it.each([
    [
      'default_search_engine',
      { default_search_provider_data: { template_url_data: { short_name: 'Bing' } } },
      'Bing',
    ],
    ['default_search_engine', {}, 'Google'],
    ['profile_name', { profile: { name: 'Thomas' } }, 'Thomas'],
    ['profile_name', { profile: {} }, null],
    ['chrome_font_size', { webkit: { webprefs: { default_font_size: 20 } } }, { default_font_size: 20 }],
    ['chrome_font_size', {}, { ...FONTS, minimum_font_size: 13 }],
    ['enable_do_not_track', { enable_do_not_track: true }, 'true'],
    ['enable_do_not_track', {}, 'false'],
    ['enable_safe_browsing', { safebrowsing: { enabled: true } }, 'true'],
    ['enable_safe_browsing', { safebrowsing: { enhanced: true, enabled: false } }, 'true'],
    ['enable_safe_browsing', {}, 'false'],
    ['new_startup_page', {}, 'true'],
    ['new_startup_page', { session: { restore_on_startup: 5 } }, 'true'],
    ['new_startup_page', { session: { restore_on_startup: 1 } }, 'false'],
    ['new_startup_page', { session: null }, 'Google'],
    ['data_delete_automacally', { profile: { default_content_setting_values: {} } }, 'true'],
    ['data_delete_automacally', { profile: {} }, 'false'],
    [
      'data_delete_automacally',
      { profile: { default_content_setting_values: { has_migrated_local_network_access: true } } },
      'false',
    ],
    [
      'data_delete_automacally',
      {
        profile: { default_content_setting_values: { cookies: 4, has_migrated_local_network_access: true } },
      },
      'true',
    ],
    ['data_delete_automacally', {}, 'Google'],
    [
      'find_unpacked_extension_path',
      { extensions: { settings: { a: { path: '/a' }, b: { path: '/b' } } } },
      ['/a', '/b'],
    ],
    ['find_unpacked_extension_path', { extensions: { settings: { a: {} } } }, 'Google'],
    [
      'find_installed_extension_name',
      { extensions: { settings: { a: { manifest: { name: 'A' } } } } },
      ['A'],
    ],
    ['find_installed_extension_name', { extensions: { settings: { a: {} } } }, 'Google'],
  ])('%s of %j is %j', async (type, preferences, value) => {
    await using desktop = await FixtureDesktop.start();
    desktop.files.set(`${PROFILE}/Default/Preferences`, JSON.stringify(preferences));
    expect(await get({ type }, desktop.context())).toEqual(value);
  });

  it.each([
    ['default_search_engine', 'Google'],
    ['profile_name', null],
    ['enabled_experiments', []],
    ['chrome_font_size', FONTS],
    ['enable_do_not_track', 'false'],
    ['enable_safe_browsing', 'false'],
    ['new_startup_page', 'Google'],
    ['data_delete_automacally', 'Google'],
    ['find_unpacked_extension_path', 'Google'],
    ['find_installed_extension_name', 'Google'],
  ])('%s without the file, or with a broken one, is %j', async (type, value) => {
    await using desktop = await FixtureDesktop.start();
    expect(await get({ type }, desktop.context())).toEqual(value);
    for (const file of ['Default/Preferences', 'Local State'])
      desktop.files.set(`${PROFILE}/${file}`, '[broken');
    expect(await get({ type }, desktop.context())).toEqual(value);
  });

  it('fail when the guest does not answer', async () => {
    const desktop = await FixtureDesktop.start();
    const context = desktop.context();
    await desktop[Symbol.asyncDispose]();
    await expect(get({ type: 'profile_name' }, context)).rejects.toMatchObject({
      code: 'E_AGENT_UNREACHABLE',
    });
  });

  it('find the profile of the Chromium snap', async () => {
    await using desktop = await FixtureDesktop.start();
    const local = JSON.stringify({ browser: { enabled_labs_experiments: ['a@1'] } });
    desktop.files.set('~/snap/chromium/common/chromium/Local State', local);
    expect(await get({ type: 'enabled_experiments' }, desktop.context())).toEqual(['a@1']);
  });
});

describe('bookmarks', () => {
  it('are the roots, and none without the file', async () => {
    await using desktop = await FixtureDesktop.start();
    expect(await get({ type: 'bookmarks' }, desktop.context())).toEqual([]);
    desktop.files.set(`${PROFILE}/Default/Bookmarks`, '{"roots": {"bookmark_bar": {}}}');
    expect(await get({ type: 'bookmarks' }, desktop.context())).toEqual({ bookmark_bar: {} });
  });
});

describe('history and cookie_data', () => {
  it('are rows of the databases', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.files.set(
      `${PROFILE}/Default/History`,
      await database(
        "CREATE TABLE urls (id, url, title, last_visit_time); INSERT INTO urls VALUES (1, 'https://a/', 'A', 7)",
      ),
    );
    desktop.files.set(
      `${PROFILE}/Default/Cookies`,
      await database("CREATE TABLE cookies (created, host_key); INSERT INTO cookies VALUES (1, '.a.com')"),
    );

    expect(await get({ type: 'history', dest: 'h.sqlite' }, desktop.context())).toEqual([
      ['https://a/', 'A', 7],
    ]);
    expect(await get({ type: 'cookie_data', dest: 'c.sqlite' }, desktop.context())).toEqual([[1, '.a.com']]);
  });

  it('are null without the file', async () => {
    await using desktop = await FixtureDesktop.start();
    expect(await get({ type: 'history', dest: 'h.sqlite' }, desktop.context())).toBe(null);
  });
});

async function database(sql: string): Promise<Buffer> {
  const { Database } = await initSqlJs();
  const made = new Database();
  made.run(sql);
  const bytes = Buffer.from(made.export());
  made.close();
  return bytes;
}
