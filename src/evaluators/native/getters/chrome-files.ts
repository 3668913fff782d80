/** Getters of Chrome's files in the guest: preferences, bookmarks, history, cookies. Facts: evaluators.md §4. */
import { z } from 'zod';
import type { EvaluationContext } from '../../judge.js';
import { orElse, PythonError } from '../../python/errors.js';
import { parseJsonBytes } from '../../python/json.js';
import { get, isDict, isTrue, item, items } from '../../python/values.js';
import { querySqlite } from '../formats/sqlite.js';
import { saveInCache } from './files.js';
import { type Getter, getter } from './getter.js';

/** Chrome's, and that of the Chromium snap which OSWorld's ARM images have instead. */
const PROFILES = ['~/.config/google-chrome', '~/snap/chromium/common/chromium'];

const PREFERENCES = 'Default/Preferences';
const DEFAULT_FONT_SIZES = { default_fixed_font_size: 13, default_font_size: 16 };

/** What `read` finds in a JSON file of the profile; `fallback` when the file is missing or not as `read` expects it. */
function preference(file: string, fallback: unknown, read: (data: unknown) => unknown): Getter {
  return getter(z.looseObject({}), async (_, context) => {
    const content = await profileFile(file, context);
    return orElse(fallback, () => read(readJson(content)));
  });
}

export const defaultSearchEngine = preference(PREFERENCES, 'Google', (data) =>
  get(get(get(data, 'default_search_provider_data', {}), 'template_url_data', {}), 'short_name', 'Google'),
);

export const profileName = preference(PREFERENCES, null, (data) => get(get(data, 'profile', {}), 'name'));

export const enabledExperiments = preference('Local State', [], (data) =>
  get(get(data, 'browser', {}), 'enabled_labs_experiments', []),
);

export const chromeFontSize = preference(PREFERENCES, DEFAULT_FONT_SIZES, (data) =>
  get(get(data, 'webkit', {}), 'webprefs', { ...DEFAULT_FONT_SIZES, minimum_font_size: 13 }),
);

export const enableDoNotTrack = preference(PREFERENCES, 'false', (data) =>
  flag(get(data, 'enable_do_not_track')),
);

export const enableSafeBrowsing = preference(PREFERENCES, 'false', (data) => {
  const safeBrowsing = get(data, 'safebrowsing', {});
  return flag(isTrue(get(safeBrowsing, 'enhanced')) || isTrue(get(safeBrowsing, 'enabled')));
});

/** Whether Chrome starts with the new tab page: 5, or nothing chosen yet. */
export const newStartupPage = preference(PREFERENCES, 'Google', (data) => {
  const isChosen = items(data).some(([key]) => key === 'session');
  return flag(!isChosen || get(get(data, 'session'), 'restore_on_startup') === 5);
});

/**
 * Whether any site data rule is set, as "delete on exit" sets one. A newer Chrome than the reference's notes in there what it
 * has migrated, before anybody has set anything.
 */
export const dataDeleteAutomatically = preference(PREFERENCES, 'Google', (data) => {
  const rules = get(item(data, 'profile'), 'default_content_setting_values');
  const names = isDict(rules) ? Object.keys(rules) : [];
  const onlyNotes = names.length > 0 && names.every((name) => name.startsWith('has_migrated_'));
  return flag(rules !== null && !onlyNotes);
});

export const unpackedExtensionPaths = preference(PREFERENCES, 'Google', (data) =>
  extensions(data).map((extension) => item(extension, 'path')),
);

export const installedExtensionNames = preference(PREFERENCES, 'Google', (data) =>
  extensions(data).map((extension) => item(item(extension, 'manifest'), 'name')),
);

/** The roots of the bookmarks; a profile without the file has none. */
export const bookmarks = getter(z.looseObject({}), async (_, context) => {
  const content = await profileFile('Default/Bookmarks', context);
  return content === null || content.length === 0 ? [] : get(readJson(content), 'roots', {});
});

/** Rows of url, title, last visit; null when there is no history file. */
export const history = database('Default/History', 'SELECT url, title, last_visit_time FROM urls');

/** Rows of the cookies table; null when there is no such file. */
export const cookieData = database('Default/Cookies', 'SELECT * FROM cookies');

function database(file: string, sql: string): Getter {
  return getter(z.looseObject({ dest: z.string() }), async ({ dest }, context) => {
    const content = await profileFile(file, context);
    if (content === null) return null;
    const path = await saveInCache(context, dest, content);
    return orElse(null, () => querySqlite(path, sql));
  });
}

async function profileFile(file: string, { agent, signal }: EvaluationContext): Promise<Buffer | null> {
  for (const profile of PROFILES) {
    const content = await agent.file(`${profile}/${file}`, { signal });
    if (content !== null) return content;
  }
  return null;
}

function readJson(content: Buffer | null): unknown {
  if (content === null)
    throw new PythonError('TypeError', 'the JSON object must be str, bytes or bytearray, not NoneType');
  return parseJsonBytes(content);
}

/** Preference getters say a boolean in words. */
function flag(value: unknown): 'true' | 'false' {
  return isTrue(value) ? 'true' : 'false';
}

function extensions(data: unknown): unknown[] {
  return items(get(get(data, 'extensions', {}), 'settings', {})).map(([, extension]) => extension);
}
