/**
 * The names under which OSWorld's tasks start programs, as small scripts in front of the PATH: what is installed here
 * goes by other names, and its ports are this desktop's own.
 */

import { singleQuoted } from '../../../shell-words.js';
import { MAXIMIZED_TERMINAL } from './window-manager.js';

export interface InstalledPrograms {
  /** Absolute paths; null for what is not installed. */
  browser: string | null;
  editor: string | null;
  terminal: string;
  /** That of the desktop's Python where there is one, else the system's. */
  python: string | null;
  socat: string | null;
  xclip: string | null;
  xdgOpen: string | null;
}

/** Of Chrome, where OSWorld's getters look for history, bookmarks and preferences. */
export const BROWSER_PROFILE = '.config/google-chrome';

/** Whether the ports of 127.0.0.1 are this desktop's alone. */
export type Network = 'own' | 'shared';

export interface ShimOptions {
  isRoot: boolean;
  network: Network;
}

/** File name of each script and its text. */
export function shims(programs: InstalledPrograms, { isRoot }: ShimOptions): Record<string, string> {
  const { browser, editor, python, xclip } = programs;
  return {
    ...(browser
      ? named(
          ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'],
          browserShim(browser, isRoot),
        )
      : {}),
    ...(editor ? named(['gedit', 'gnome-text-editor', 'mousepad'], `exec ${singleQuoted(editor)} "$@"`) : {}),
    ...(python ? pythonShims(singleQuoted(python)) : {}),
    ...(xclip ? named(['xclip'], xclipShim(singleQuoted(xclip))) : {}),
    ...named(['gnome-terminal', 'x-terminal-emulator'], terminalShim(programs.terminal)),
    ...named(['socat'], socatShim(programs.socat)),
    ...named(['xdg-open'], openShim(programs.xdgOpen)),
  };
}

/** Port 0: Chrome chooses one and writes it into its profile, where the desktop's own CDP port finds it. */
function browserShim(browser: string, isRoot: boolean): string {
  const flags = [
    '--remote-debugging-port=0',
    `--user-data-dir="$HOME/${BROWSER_PROFILE}"`,
    '--no-first-run --no-default-browser-check --password-store=basic --disable-dev-shm-usage --test-type',
    '--disable-background-networking --disable-component-update --disable-sync --disk-cache-size=33554432',
    // Chrome's sandbox refuses root.
    ...(isRoot ? ['--no-sandbox'] : []),
  ];
  return `for argument do
  shift
  case "$argument" in --remote-debugging-port=*) ;; *) set -- "$@" "$argument" ;; esac
done
exec ${singleQuoted(browser)} ${flags.join(' ')} "$@"`;
}

/** `pip` puts what it installs into the home, since the environment itself cannot be written. */
function pythonShims(python: string): Record<string, string> {
  return {
    ...named(['python', 'python3'], `exec ${python} "$@"`),
    ...named(['pip', 'pip3'], `exec ${python} -m pip "$@"`),
  };
}

/**
 * What copies stays behind to answer those who paste, with the outputs that it was given: who reads these to their end, as
 * Python's subprocess and the agent do, would wait until somebody else copies something.
 */
function xclipShim(xclip: string): string {
  return `for argument do
  case "$argument" in -o*|-h*|-v*) exec ${xclip} "$@" ;; esac
done
exec ${xclip} "$@" >/dev/null 2>&1`;
}

/** The options of gnome-terminal that tasks use, for xterm. */
function terminalShim(terminal: string): string {
  return `shape= title=Terminal
while [ $# -gt 0 ]; do
  case "$1" in
    --working-directory=*) cd "\${1#*=}" || exit 1 ;;
    --working-directory) cd "$2" || exit 1; shift ;;
    --maximize) shape='-name ${MAXIMIZED_TERMINAL}' ;;
    --full-screen) shape=-fullscreen ;;
    --title=*) title=\${1#*=} ;;
    -t|--title) title=$2; shift ;;
    -e|--command) set -- /bin/sh -c "$2"; break ;;
    --command=*) set -- /bin/sh -c "\${1#*=}"; break ;;
    --|-x|--execute) shift; break ;;
    --window|--tab|--wait) ;;
    *) echo "$(basename "$0"): this terminal has no option $1" >&2; exit 1 ;;
  esac
  shift
done
if [ $# -gt 0 ]; then exec ${singleQuoted(terminal)} -T "$title" $shape -e "$@"; fi
exec ${singleQuoted(terminal)} -T "$title" $shape`;
}

/** Tasks put socat between 9222 and Chrome's 1337: here the desktop's CDP port does that, so it only has to stay. */
function socatShim(socat: string | null): string {
  const real = socat
    ? `exec ${singleQuoted(socat)} "$@"`
    : 'echo "socat: not installed (apt-get install socat)" >&2; exit 127';
  return `case "$(printf %s "$1" | tr A-Z a-z)" in tcp-listen:9222*|tcp4-listen:9222*) exec sleep infinity ;; esac
${real}`;
}

/** With ARPO_ENV_ASK set it only says, by its exit code, whether there is a program for the file. */
function openShim(xdgOpen: string | null): string {
  const otherwise = xdgOpen
    ? `open_with ${singleQuoted(xdgOpen)} "$1"`
    : 'echo "no application of this desktop opens $1" >&2; exit 3';
  return `open_with() {
  command -v "$1" >/dev/null || { echo "$1 is not installed" >&2; exit 3; }
  [ -n "$ARPO_ENV_ASK" ] || exec "$@"
  exit 0
}
case "$1" in http:*|https:*|about:*|chrome:*) open_with google-chrome "$1" ;; esac
file=\${1#file://}
[ -e "$file" ] || { echo "$file does not exist" >&2; exit 2; }
case "$(printf %s "$file" | tr A-Z a-z)" in
  *.html|*.htm|*.xhtml|*.svg|*.pdf|*.png|*.jpg|*.jpeg|*.gif|*.webp|*.bmp) open_with google-chrome "file://$(realpath "$file")" ;;
esac
if [ -f "$file" ] && { [ ! -s "$file" ] || grep -Iq . "$file"; }; then open_with gedit "$file"; fi
${otherwise}`;
}

function named(names: readonly string[], script: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `#!/bin/sh\n${script}\n`]));
}
