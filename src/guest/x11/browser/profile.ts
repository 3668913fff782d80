/** What the profile of Chrome has before Chrome is started for the first time. */
import { writeFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import { errno } from '../../../lib/errno.js';
import { makeFolder } from '../../../lib/make-folder.js';
import { BROWSER_PROFILE } from './launcher.js';

/** Under which each Chromium keeps the search engine that comes first in its list of engines, of whatever name. */
const GOOGLE_ID = 1;

/**
 * Distributions have search engines of their own. With Google's the new tab is Google Chrome's, where the cursor is in the
 * address bar; and tasks that read or change the preferences before Chrome ran once find them.
 */
const PREFERENCES = {
  default_search_provider_data: {
    template_url_data: {
      prepopulate_id: GOOGLE_ID,
      short_name: 'Google',
      keyword: 'google.com',
      url: '{google:baseURL}search?q={searchTerms}&{google:originalQueryForSuggestion}sourceid=chrome&ie={inputEncoding}',
      safe_for_autoreplace: true,
    },
  },
};

/** An existing home keeps its own, and Google Chrome needs none. */
export async function prepareProfile(home: string, browser: string | null): Promise<void> {
  if (browser === null || basename(browser).startsWith('google-chrome')) return;
  const folder = posix.join(home, BROWSER_PROFILE, 'Default');
  await makeFolder(folder, 0o700);
  const preferences = posix.join(folder, 'Preferences');
  await writeFile(preferences, JSON.stringify(PREFERENCES), { flag: 'wx', mode: 0o600 }).catch(
    (error: unknown) => {
      if (errno(error) !== 'EEXIST') throw error;
    },
  );
}
