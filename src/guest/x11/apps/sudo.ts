/** `sudo` of a desktop, where nobody becomes root: a sandbox has no root, and a machine of OSWorld's gives it to everybody. */
import { singleQuoted } from '../../../shell-words.js';

/**
 * Text of the script; `sudo` is the machine's own, which is asked where a program may still become root. Otherwise the user
 * runs the command: what belongs to them is done, and what needs root says so in the program's own words. The password, which
 * tasks and models pass with -S, is a line of the standard input that is not the command's.
 */
export function sudoShim(sudo: string | null): string {
  const real = sudo
    ? `if grep -q '^NoNewPrivs:[[:space:]]*0' /proc/self/status; then exec ${singleQuoted(sudo)} "$@"; fi\n`
    : '';
  return `${real}shell=
while [ $# -gt 0 ]; do
  case "$1" in
    --stdin) read -r password ;;
    --user|--group|--prompt|--chdir|--host|--close-from) shift ;;
    --login|--shell) shell=yes ;;
    --validate|--reset-timestamp|--remove-timestamp) exit 0 ;;
    --) shift; break ;;
    --*) ;;
    -?*)
      letters=\${1#-}
      while [ -n "$letters" ]; do
        rest=\${letters#?}
        case "$letters" in
          S*) read -r password ;;
          i*|s*) shell=yes ;;
          [vkK]*) [ $# -gt 1 ] || exit 0 ;;
          [ugpDhCrtTR]*) [ -n "$rest" ] || shift; rest= ;;
        esac
        letters=$rest
      done ;;
    [A-Za-z_]*=*) export "$1" ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || { [ -n "$shell" ] && exec "\${SHELL:-/bin/sh}"; echo "usage: sudo command" >&2; exit 1; }
case "$shell" in yes) exec "\${SHELL:-/bin/sh}" -c "$*" ;; esac
exec "$@"`;
}
