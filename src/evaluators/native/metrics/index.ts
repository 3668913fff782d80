/** The metrics of OSWorld that are available here, by the name that tasks use. */
import * as archives from './archives.js';
import * as os from './basic-os.js';
import * as chrome from './chrome.js';
import * as general from './general.js';
import * as gimp from './gimp.js';
import * as json from './json.js';
import * as libreoffice from './libreoffice.js';
import type { Metric } from './metric.js';
import * as tables from './tables.js';
import * as textFiles from './text-files.js';
import * as thunderbird from './thunderbird.js';
import * as vlc from './vlc.js';
import * as vscode from './vscode.js';

export const METRICS: ReadonlyMap<string, Metric> = new Map(
  Object.entries({
    check_auto_saving_time: libreoffice.checkAutoSavingTime,
    check_config_status: gimp.checkConfigStatus,
    check_csv: tables.checkCsv,
    check_direct_json_object: json.checkDirectJsonObject,
    check_enabled_experiments: chrome.checkEnabledExperiments,
    check_font_size: chrome.checkFontSize,
    check_global_key_play_pause: vlc.checkGlobalKeyPlayPause,
    check_gnome_favorite_apps: os.checkGnomeFavoriteApps,
    check_history_deleted: chrome.checkHistoryDeleted,
    check_image_file_size: gimp.checkImageFileSize,
    check_include_exclude: general.checkIncludeExclude,
    check_json: json.checkJson,
    check_json_keybindings: json.checkJsonKeybindings,
    check_json_settings: json.checkJsonSettings,
    check_left_panel: libreoffice.checkLeftPanel,
    check_line_number: textFiles.checkLineNumber,
    check_list: textFiles.checkList,
    check_moved_jpgs: os.checkMovedJpgs,
    check_one_instance_when_started_from_file: vlc.checkOneInstanceWhenStartedFromFile,
    check_presenter_console_disable: libreoffice.checkPresenterConsoleDisable,
    check_qt_bgcone: vlc.checkQtBgcone,
    check_qt_max_volume: vlc.checkQtMaxVolume,
    check_qt_minimal_view: vlc.checkQtMinimalView,
    check_qt_slider_colours: vlc.checkQtSliderColours,
    check_text_enlarged: os.checkTextEnlarged,
    check_thunderbird_filter: thunderbird.checkThunderbirdFilter,
    check_thunderbird_folder: thunderbird.checkThunderbirdFolder,
    check_thunderbird_prefs: thunderbird.checkThunderbirdPrefs,
    check_transition: archives.checkTransition,
    compare_answer: textFiles.compareAnswer,
    compare_config: textFiles.compareConfig,
    compare_csv: tables.compareCsv,
    compare_python_pure_text: textFiles.comparePythonPureText,
    compare_result_files: textFiles.compareResultFiles,
    compare_text_file: textFiles.compareTextFile,
    compare_zip_files: archives.compareZipFiles,
    diff_text_file: textFiles.diffTextFile,
    exact_match: general.exactMatch,
    file_contains: textFiles.fileContains,
    find_default_font: libreoffice.findDefaultFont,
    fuzzy_match: general.fuzzyMatch,
    is_added_to_steam_cart: chrome.isAddedToSteamCart,
    is_cookie_deleted: chrome.isCookieDeleted,
    is_expected_active_tab: chrome.isExpectedActiveTab,
    is_expected_active_tab_approximate: chrome.isExpectedActiveTabApproximate,
    is_expected_bookmarks: chrome.isExpectedBookmarks,
    is_expected_installed_extensions: chrome.isExpectedInstalledExtensions,
    is_expected_search_query: chrome.isExpectedSearchQuery,
    is_expected_tabs: chrome.isExpectedTabs,
    is_expected_url_pattern_match: chrome.isExpectedUrlPatternMatch,
    is_extension_installed: vscode.isExtensionInstalled,
    is_in_list: general.isInList,
    is_in_vm_clickboard: os.isInVmClickboard,
    is_shortcut_on_desktop: chrome.isShortcutOnDesktop,
    is_utc_0: os.isUtc0,
    is_vlc_fullscreen: vlc.isVlcFullscreen,
    is_vlc_playing: vlc.isVlcPlaying,
    is_vlc_recordings_folder: vlc.isVlcRecordingsFolder,
    literal_match: general.literalMatch,
    match_in_list: general.matchInList,
    run_sqlite3: tables.runSqlite3,
  }),
);
