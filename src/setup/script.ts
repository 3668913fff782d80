/** `--dry-run`: the plan as a bash script that a person can read, and run in our place. */
import { shellLine, shellQuote } from '../shell-words.js';
import type { Command } from './command.js';

export interface ScriptSection {
  id: string;
  title: string;
  /** Why the step is needed. */
  why: string;
  commands: readonly Command[];
}

const HELPERS: readonly { usedBy: RegExp; text: string }[] = [
  {
    usedBy: /^\s*(retry .*)?as_root /m,
    text: `as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo --preserve-env=http_proxy,https_proxy,no_proxy -- "$@"; fi
}`,
  },
  {
    usedBy: /^\s*(retry .*)?with_docker /m,
    text: `with_docker() { # a new membership of the group docker counts from the next login; sg gives it at once
  if [ "$(id -u)" -eq 0 ] || [[ " $(id -nG) " == *" docker "* ]]; then "$@"; return; fi
  printf '%s\\0' "$@" | sg docker -c "exec bash -c 'mapfile -d \\"\\" -t words && exec \\"\\\${words[@]}\\" < /dev/null'"
}`,
  },
  {
    usedBy: /^\s*retry /m,
    text: `retry() { # retry ATTEMPTS 'EXIT CODES THAT ARE FINAL' COMMAND…
  local attempts=$1 final=" $2 " attempt status
  shift 2
  for ((attempt = 1; ; attempt++)); do
    status=0
    "$@" || status=$?
    if [ "$status" -eq 0 ]; then return 0; fi
    if [ "$attempt" -ge "$attempts" ] || [[ "$final" == *" $status "* ]]; then return "$status"; fi
    sleep "$((attempt * 2))"
  done
}`,
  },
];

export function renderScript(head: readonly string[], sections: readonly ScriptSection[]): string {
  const body = sections.map(renderSection).join('\n');
  const helpers = HELPERS.filter(({ usedBy }) => usedBy.test(body)).map(({ text }) => `${text}\n\n`);
  const comments = head.map((line) => `${comment(line)}\n`).join('');
  return `#!/usr/bin/env bash\n${comments}set -euo pipefail\nexport LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"\n\n${helpers.join('')}${body}`;
}

function renderSection({ id, title, why, commands }: ScriptSection): string {
  const name = comment(`${title} (${id}): ${why}`);
  return `${name}\nprintf '%s\\n' ${shellQuote(`== ${title}`)}\n${commands.map(renderCommand).join('')}`;
}

function renderCommand(command: Command): string {
  const { onlyIf } = command;
  const text = renderInvocation(command);
  if (onlyIf === undefined) return text;
  const test =
    'missing' in onlyIf
      ? `[ ! -e ${shellQuote(onlyIf.missing)} ]`
      : onlyIf.exists.map((path) => `[ -e ${shellQuote(path)} ]`).join(' || ');
  return `if ${test}; then\n${text}fi\n`;
}

function renderInvocation({ argv, as, cwd, env, stdin, retry }: Command): string {
  const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${shellQuote(value)}`);
  const parts = [
    retry ? `retry ${retry.attempts} ${shellQuote(retry.finalExitCodes.join(' '))}` : '',
    as === 'root' ? 'as_root' : '',
    as === 'docker' ? 'with_docker' : '',
    variables.length > 0 ? `env ${variables.join(' ')}` : '',
    shellLine(argv),
  ];
  const line = parts.filter((part) => part !== '').join(' ');
  const input = stdin === undefined ? { redirect: '', body: '' } : heredoc(stdin);
  if (cwd === undefined) return `${line}${input.redirect}\n${input.body}`;
  return `(\n  cd ${shellQuote(cwd)}\n  ${line}${input.redirect}\n${input.body})\n`;
}

/** Quoted delimiter: the text stands as it is. It must end with a line break, as a here-document always does. */
function heredoc(text: string): { redirect: string; body: string } {
  if (!text.endsWith('\n'))
    throw new TypeError(`a command's input must end with a line break: ${JSON.stringify(text)}`);
  const lines = new Set(text.split('\n'));
  let delimiter = 'EOF';
  for (let number = 1; lines.has(delimiter); number += 1) delimiter = `EOF_${number}`;
  return { redirect: ` <<'${delimiter}'`, body: `${text}${delimiter}\n` };
}

function comment(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map((line) => `# ${line}`)
    .join('\n');
}
