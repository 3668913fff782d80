/** `setup-vm --host`: the same command on the other machine, with Node and arpo-env brought there first. */
import { shellLine } from '../../shell-words.js';
import { ensureNode } from './node.js';
import { ensurePackage } from './package.js';
import { openSsh } from './ssh.js';

export interface RemoteSetupOptions {
  host: string;
  /** What follows `arpo-env` there. */
  args: readonly string[];
  nodeUrl: string;
  /** A person watches: the other side gets a terminal, for its live list and sudo's question. */
  interactive: boolean;
  signal: AbortSignal;
  say(text: string): void;
}

/** Answers the exit code of the other side, which has printed its own outcome. */
export async function setUpHost({
  host,
  args,
  nodeUrl,
  interactive,
  signal,
  say,
}: RemoteSetupOptions): Promise<number> {
  await using ssh = await openSsh(host, signal, interactive);
  const node = await ensureNode(ssh, nodeUrl, signal, say);
  const executable = await ensurePackage(ssh, node, signal, say);
  // The one place where words become a line for a shell that we do not start: sshd knows no argument lists.
  const line = shellLine(['env', `PATH=${node.bin}:/usr/local/bin:/usr/bin:/bin`, executable, ...args]);
  return interactive ? await ssh.attach(`exec ${line}`) : await ssh.watch(line);
}

/** The command line without `--host`, for the other side. */
export function withoutHost(args: readonly string[]): string[] {
  return args.filter(
    (word, index) => word !== '--host' && args[index - 1] !== '--host' && !word.startsWith('--host='),
  );
}
