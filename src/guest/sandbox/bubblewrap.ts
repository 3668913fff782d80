/** What the bubblewrap of this machine can do: Ubuntu 22.04 has 0.6.1. */
import { execa } from 'execa';
import { once } from '../../lib/once.js';

/** By which `--size` came; `--perms`, which is needed, came by 0.5.0. */
const SIZES_SINCE = 7;
const LIMIT_MS = 5000;

/**
 * Whether a folder in memory can be given a size of its own. Where not, each may take half of this machine's memory
 * (tmpfs(5)), and the desktop's own limit of memory holds for all of them together.
 */
export async function canLimitFolders(path = process.env.PATH): Promise<boolean> {
  const options = { env: { PATH: path }, extendEnv: false, reject: false, timeout: LIMIT_MS } as const;
  const { stdout } = await execa('bwrap', ['--version'], options);
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return Number(major) > 0 || Number(minor) >= SIZES_SINCE;
}

/** The same of this process's PATH, asked once: before every start of a desktop it would be a program more. */
export const limitsFolders = once(() => canLimitFolders());
