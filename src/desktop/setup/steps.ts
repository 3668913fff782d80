/** Every type of set-up step, by the name that tasks give it. */
import { googledrive, login } from './accounts.js';
import { updateBrowseHistory } from './browse-history.js';
import { chromeCloseTabs, chromeOpenTabs } from './chrome-tabs.js';
import { execute, executeWithVerification, launch } from './commands.js';
import { download, uploadFile } from './files.js';
import { sleep } from './sleep.js';
import type { StepKind } from './step-kind.js';
import { activateWindow, changeWallpaper, closeWindow, open } from './windows.js';

export const STEPS: ReadonlyMap<string, StepKind> = new Map<string, StepKind>([
  ['activate_window', activateWindow],
  ['change_wallpaper', changeWallpaper],
  ['chrome_close_tabs', chromeCloseTabs],
  ['chrome_open_tabs', chromeOpenTabs],
  ['close_window', closeWindow],
  ['command', execute],
  ['download', download],
  ['execute', execute],
  ['execute_with_verification', executeWithVerification],
  ['googledrive', googledrive],
  ['launch', launch],
  ['login', login],
  ['open', open],
  ['sleep', sleep],
  ['update_browse_history', updateBrowseHistory],
  ['upload_file', uploadFile],
]);
