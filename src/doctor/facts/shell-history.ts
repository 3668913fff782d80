/** `sh -i key.pem ubuntu@…`, typed for ssh: seen in a runbook. Only such a line is looked for, and only at the end of the history. */
import type { Host } from '../../host/host.js';

const FILES = ['.bash_history', '.zsh_history'];
const TAIL_BYTES = 4096;
/** A later `ssh -i` says that the mistake was seen. */
const MISTAKE = /^(?:: \d+:\d+;)?\s*(sh\s+-i\s+\S+\.(?:pem|key)\b.*)$/;
const RIGHT = /^(?:: \d+:\d+;)?\s*ssh\s+-i\s/;

/** The mistaken command, or null. */
export async function shPasted(machine: Host): Promise<string | null> {
  for (const name of FILES) {
    const text = await machine.readEnd(`${machine.user.home}/${name}`, TAIL_BYTES);
    const lines = (text ?? '').split('\n');
    const at = lines.findLastIndex((line) => MISTAKE.test(line));
    if (at < 0 || lines.slice(at).some((line) => RIGHT.test(line))) continue;
    return MISTAKE.exec(lines[at] ?? '')?.[1]?.trim() ?? null;
  }
  return null;
}
