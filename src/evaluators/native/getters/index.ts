/** The getters of OSWorld that are available here, by the `type` that tasks use. */
import * as addressBar from './address-bar.js';
import * as applications from './applications.js';
import * as chrome from './chrome-files.js';
import * as files from './files.js';
import type { Getter } from './getter.js';
import * as guest from './guest.js';
import { ruleRelativeTime } from './relative-time.js';
import { rule } from './rule.js';
import * as tabs from './tabs.js';
import * as vlc from './vlc.js';

export const GETTERS: ReadonlyMap<string, Getter> = new Map(
  Object.entries({
    accessibility_tree: guest.accessibilityTree,
    active_tab_info: tabs.activeTabInfo,
    active_tab_url_parse: addressBar.activeTabUrlParse,
    active_url_from_accessTree: addressBar.activeUrl,
    bookmarks: chrome.bookmarks,
    cache_file: files.cacheFile,
    chrome_font_size: chrome.chromeFontSize,
    cloud_file: files.cloudFile,
    cookie_data: chrome.cookieData,
    data_delete_automacally: chrome.dataDeleteAutomatically,
    default_search_engine: chrome.defaultSearchEngine,
    default_video_player: vlc.defaultVideoPlayer,
    enable_do_not_track: chrome.enableDoNotTrack,
    enable_safe_browsing: chrome.enableSafeBrowsing,
    enabled_experiments: chrome.enabledExperiments,
    find_installed_extension_name: chrome.installedExtensionNames,
    find_unpacked_extension_path: chrome.unpackedExtensionPaths,
    gimp_config_file: applications.gimpConfigFile,
    history: chrome.history,
    list_directory: guest.listDirectory,
    new_startup_page: chrome.newStartupPage,
    open_tabs_info: tabs.openTabsInfo,
    page_info: tabs.pageInfo,
    profile_name: chrome.profileName,
    rule,
    rule_relativeTime: ruleRelativeTime,
    shortcuts_on_desktop: applications.shortcutsOnDesktop,
    url_dashPart: addressBar.urlDashPart,
    url_path_parse: addressBar.urlPathParse,
    vlc_config: vlc.vlcConfig,
    vlc_playing_info: vlc.vlcPlayingInfo,
    vm_command_error: guest.vmCommandError,
    vm_command_line: guest.vmCommandLine,
    vm_file: files.vmFile,
    vm_screen_size: guest.vmScreenSize,
    vm_terminal_output: guest.vmTerminalOutput,
    vm_window_size: guest.vmWindowSize,
    vscode_config: applications.vscodeConfig,
  }),
);
