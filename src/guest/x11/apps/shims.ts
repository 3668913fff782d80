/**
 * The names under which OSWorld's tasks start programs, as small scripts in front of the PATH: what is installed here
 * goes by other names, or needs other arguments.
 */

import { singleQuoted } from '../../../shell-words.js';
import { BROWSER_NAMES, type LauncherOptions, launcher } from '../browser/launcher.js';
import { sudoShim } from './sudo.js';
import { MAXIMIZED_TERMINAL } from './window-manager.js';
import { xclipShim } from './xclip.js';

export interface InstalledPrograms {
  /** Absolute paths; null for what is not installed. */
  browser: string | null;
  editor: string | null;
  terminal: string;
  /** That of the desktop's Python where there is one, else the system's. */
  python: string | null;
  socat: string | null;
  sudo: string | null;
  xclip: string | null;
  xdgOpen: string | null;
}

export interface ShimOptions extends Omit<LauncherOptions, 'program'> {
  /** Whether the desktop's own CDP endpoint is where tasks put socat: then that one only has to stay. */
  hasCdpPort: boolean;
}

/** File name of each script and its text. */
export function shims(programs: InstalledPrograms, options: ShimOptions): Record<string, string> {
  const { browser, editor, python, xclip } = programs;
  return {
    ...(browser ? named(BROWSER_NAMES, launcher({ ...options, program: browser })) : {}),
    ...(editor ? named(['gedit', 'gnome-text-editor', 'mousepad'], `exec ${singleQuoted(editor)} "$@"`) : {}),
    ...(python ? pythonShims(singleQuoted(python)) : {}),
    ...(xclip ? named(['xclip'], xclipShim(xclip, python)) : {}),
    ...named(['gnome-terminal', 'x-terminal-emulator'], terminalShim(programs.terminal)),
    ...(options.hasCdpPort ? named(['socat'], socatShim(programs.socat)) : {}),
    ...named(['sudo'], sudoShim(programs.sudo)),
    ...named(['xdg-open'], openShim(programs.xdgOpen)),
  };
}

/** `pip` puts what it installs into the home, since the environment itself cannot be written. */
function pythonShims(python: string): Record<string, string> {
  return {
    ...named(['python', 'python3'], `exec ${python} "$@"`),
    ...named(['pip', 'pip3'], `exec ${python} -m pip "$@"`),
  };
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

/** Tasks put socat between 9222 and Chrome's 1337, as the desktop's own CDP endpoint is: it only has to stay. */
function socatShim(socat: string | null): string {
  const real = socat
    ? `exec ${singleQuoted(socat)} "$@"`
    : 'echo "socat: not installed (apt-get install socat)" >&2; exit 127';
  return `case "$(printf %s "$1" | tr A-Z a-z)" in tcp-listen:9222*|tcp4-listen:9222*) exec sleep infinity ;; esac
${real}`;
}

/**
 * As an opener does, it does not wait for what it opens: a script that opens a page goes on. With ARPO_ENV_ASK set it only says,
 * by its exit code, whether there is a program for the file.
 */
function openShim(xdgOpen: string | null): string {
  const otherwise = xdgOpen
    ? `[ -n "$ARPO_ENV_ASK" ] || exec ${singleQuoted(xdgOpen)} "$1"`
    : 'echo "no application of this desktop opens $1" >&2; exit 3';
  return `open_with() {
  command -v "$1" >/dev/null || { echo "$1 is not installed" >&2; exit 3; }
  [ -n "$ARPO_ENV_ASK" ] || setsid "$@" >/dev/null 2>&1 &
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
