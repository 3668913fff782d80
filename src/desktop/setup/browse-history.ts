/** The step update_browse_history: gives the guest's Chrome a past, before Chrome is started. */
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { lastLine } from '../../lib/last-line.js';
import { cachedDownload } from './download-cache.js';
import { step } from './step-kind.js';

/** The database OSWorld begins with: Chrome's own tables, without rows. */
export const EMPTY_HISTORY_URL =
  'https://huggingface.co/datasets/xlangai/ubuntu_osworld_file_cache/resolve/main/chrome/44ee5668-ecd5-4366-a6ce-c1c9b8d4e938/history_empty.sqlite?download=true';

const GUEST_COPY = '/tmp/arpo-env-history.sqlite';

/**
 * Fills the copy and puts it in Chrome's place. It runs in the guest, since every guest agent is a Python program and
 * Python brings sqlite. A visit is counted back from the guest's clock, in UTC as Chrome reads it (microseconds since
 * 1601; OSWorld writes the host's local time, which is the same where hosts run on UTC). Transition 805306368 is a link
 * followed in a new chain. On ARM the guest agent starts chromium in place of google-chrome (guest-api.md §2).
 */
export const FILL_HISTORY = `
import json, os, platform, shutil, sqlite3, sys, time

copy, visits = sys.argv[1], json.loads(sys.argv[2])
arm = platform.machine().startswith(("arm", "aarch64"))
folder = os.path.expanduser("~/snap/chromium/common/chromium/Default" if arm else "~/.config/google-chrome/Default")
history = os.path.join(folder, "History")

database = sqlite3.connect(copy)
with database:
    for visit in visits:
        at = int((time.time() - visit["visit_time_from_now_in_seconds"] + 11644473600) * 1000000)
        row = database.execute(
            "INSERT INTO urls (url, title, visit_count, typed_count, last_visit_time, hidden) VALUES (?, ?, 1, 0, ?, 0)",
            (visit["url"], visit["title"], at),
        ).lastrowid
        database.execute(
            "INSERT INTO visits (url, visit_time, from_visit, transition, segment_id, visit_duration) VALUES (?, ?, 0, 805306368, 0, 0)",
            (row, at),
        )
database.close()

os.makedirs(folder, exist_ok=True)
if os.path.exists(history + "-journal"):
    os.remove(history + "-journal")
shutil.move(copy, history)
`;

export const updateBrowseHistory = step(
  z.strictObject({
    history: z.array(
      z.strictObject({
        url: z.string(),
        title: z.string(),
        visit_time_from_now_in_seconds: z.number().nonnegative(),
      }),
    ),
  }),
  async ({ history }, context) => {
    const { agent, signal } = context;
    const empty = await cachedDownload(EMPTY_HISTORY_URL, 'history_empty.sqlite', context);
    await agent.uploadFile(GUEST_COPY, empty, { signal });
    const command = ['python3', '-c', FILL_HISTORY, GUEST_COPY, JSON.stringify(history)];
    const { returncode, error } = await agent.execute(command, { signal });
    if (returncode === 0) return;
    throw new ArpoEnvError({
      code: 'E_SETUP_FAILED',
      message: `Chrome's history could not be written in the guest: ${lastLine(error) || `code ${returncode}`}`,
      fix: 'the guest needs python3 with sqlite3, and its user write access to ~/.config/google-chrome',
    });
  },
  { needsChrome: true },
);
