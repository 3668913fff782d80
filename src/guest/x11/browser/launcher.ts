/**
 * `google-chrome` of a desktop: a script that starts the browser, or passes on to the one that runs what it is to open.
 *
 * A task's own launch and the start on demand (browser.ts) may come in any order, and at once. Both come through here, one
 * after the other (flock), so that there is one browser, and one window where a machine of OSWorld's has one:
 * - A start on demand does nothing where a browser runs or is about to.
 * - The first launch after a start on demand takes over the window that this one has opened: without anything to open it
 *   adds none, and what it opens, it opens in there.
 * - Every other launch opens its own, as Chrome does.
 */
import { posix } from 'node:path';
import { singleQuoted } from '../../../shell-words.js';

/** Whether the ports of 127.0.0.1 are this desktop's alone. */
export type Network = 'own' | 'shared';

export interface LauncherOptions {
  /** The browser's executable. */
  program: string;
  /** Folder of this desktop's where launches find each other (BrowserState). */
  state: string;
  network: Network;
}

/** Of Chrome, where OSWorld's getters look for history, bookmarks and preferences. */
export const BROWSER_PROFILE = '.config/google-chrome';
/** Under which it is started. */
export const BROWSER_NAMES: readonly string[] = [
  'google-chrome',
  'google-chrome-stable',
  'x-www-browser',
  'chromium',
  'chromium-browser',
];
/** Environment variable of a start on demand. */
export const ON_DEMAND = 'ARPO_ENV_ON_DEMAND';
/** Where OSWorld's tasks have Chrome listen for CDP. */
const USUAL_PORT = 1337;

/** Files in the folder `state`. */
export function browserState(state: string) {
  return {
    /** There is one from a start on demand until a launch takes its window over. */
    onDemand: posix.join(state, 'on-demand'),
    /** Comes when the launch that took it over has something to open: the empty tab is in its way then. */
    takenOver: posix.join(state, 'taken-over'),
  };
}

const APART = /^--(?:user-data-dir|headless|version|product-version)(?:=|$)/;

const FLAGS = [
  '--no-first-run --no-default-browser-check --disable-search-engine-choice-screen --password-store=basic',
  // No bar about flags that are not supported; no question whether to restore pages after `pkill chrome`.
  '--test-type --hide-crash-restore-bubble',
  // Of later versions than OSWorld's: its prompts, and a mark in the preferences that a getter takes for somebody's setting.
  '--disable-features=LocalNetworkAccessChecks',
  '--disable-dev-shm-usage --disk-cache-size=33554432',
  '--disable-background-networking --disable-component-update --disable-sync',
];

/** Whether a command line starts the desktop's browser, or passes something on to it: not one with a profile of its own. */
export function opensBrowser([program = '', ...args]: readonly string[]): boolean {
  const isApart = args.some((argument) => APART.test(argument));
  return BROWSER_NAMES.includes(posix.basename(program)) && !isApart;
}

export function launcher({ program, state, network }: LauncherOptions): string {
  const { onDemand, takenOver } = browserState(state);
  const isShared = network === 'shared';
  const flags = [
    ...FLAGS,
    // Port 0, which a shared network needs, would let pages see `navigator.webdriver`.
    ...(isShared ? ['--disable-blink-features=AutomationControlled'] : []),
  ];
  // Not --user-data-dir, which would be part of the window's class; and Chrome has no CDP in its default folder.
  return `state=${singleQuoted(state)} profile=$HOME/${BROWSER_PROFILE}
export CHROME_DESKTOP=google-chrome.desktop CHROME_CONFIG_HOME="$state" CHROME_USER_DATA_DIR="$profile"
on_demand=$${ON_DEMAND}; unset ${ON_DEMAND}

port= opens= apart=
for argument do
  shift
  case "$argument" in
    --remote-debugging-port=*) port=\${argument#*=}; continue ;;
    --version|--product-version) ${singleQuoted(program)} "$argument" | sed 's/^Chromium/Google Chrome/'; exit ;;
    --user-data-dir|--user-data-dir=*|--headless|--headless=*) apart=yes ;;
    --new-window|--incognito|--guest|--app=*|--app-id=*|--profile-directory=*) opens=yes ;;
    -*) ;;
    *) opens=yes ;;
  esac
  set -- "$@" "$argument"
done
[ -n "$apart" ] || port=\${port:-${USUAL_PORT}}
${isShared ? '# Another desktop may have that port: Chrome chooses one, and writes it into its profile.\nport=0\n' : ''}
sandbox=
# Chrome's own sandbox refuses root, and needs namespaces that containers and sandboxes do not get.
if [ "$(id -u)" = 0 ] || ! unshare --user --map-root-user --pid --net --fork true 2>/dev/null; then sandbox=--no-sandbox; fi
chrome() {
  exec 9>&-
  exec ${singleQuoted(program)} \${port:+--remote-debugging-port=$port} $sandbox ${flags.join(' ')} "$@"
}
[ -z "$apart" ] || chrome "$@"

# When a process began, by its number; fails where it has ended.
began() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return
  set -- \${stat##*) }
  [ "$1" != Z ] && echo "\${20}"
}
# Sets pid to the browser that holds the profile.
holder() {
  link=$(readlink "$profile/SingletonLock") || return
  pid=\${link##*-}
  [ "$link" = "$(uname -n)-$pid" ] || return
  read -r stat 2>/dev/null <"/proc/$pid/stat" || return
  case "$stat" in *") Z "*) return 1 ;; *"(chrom"*) ;; *) return 1 ;; esac
}
# Sets pid to the one that was started last: it holds the profile a little later.
starting() { read -r pid when 2>/dev/null <"$state/started" && [ "$(began "$pid")" = "$when" ]; }

mkdir -p "$state" "$profile"
while :; do
  exec 9>"$state/lock"
  flock 9
  if ! holder && ! starting; then
    rm -f "$profile/SingletonLock" "$profile/SingletonSocket" "$profile/SingletonCookie" "$profile/DevToolsActivePort" ${singleQuoted(takenOver)}
    if [ -n "$on_demand" ]; then : >${singleQuoted(onDemand)}; else rm -f ${singleQuoted(onDemand)}; fi
    echo "$$ $(began $$)" >"$state/started"
    chrome "$@"
  fi
  [ -z "$on_demand" ] || exit 0
  # Only to who holds the profile can anything be passed on.
  tries=200
  while [ $tries -gt 0 ] && ! holder && starting; do tries=$((tries - 1)); sleep 0.05; done
  [ -e ${singleQuoted(onDemand)} ] || chrome "$@"
  # One of both is there at any moment.
  [ -z "$opens" ] || : >${singleQuoted(takenOver)}
  rm -f ${singleQuoted(onDemand)}
  [ -z "$opens" ] || chrome "$@"
  exec 9>&-
  # It may be on its way out, as after \`pkill chrome\`.
  tries=50
  while [ $tries -gt 0 ] && holder; do tries=$((tries - 1)); sleep 0.1; done
  if holder; then exit 0; fi
done`;
}
