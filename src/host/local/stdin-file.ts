/** Text for a command's standard input as an open file: `install /dev/stdin` cannot open the socket that a pipe of Node's is. */
import type { ReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StdinFile extends AsyncDisposable {
  /** What execa hands over as it is; undefined when there is no text. */
  stream: ReadStream | undefined;
}

/** The file has no name any more when this resolves, so that nothing is left whatever ends us. */
export async function openStdin(text: string | undefined): Promise<StdinFile> {
  if (text === undefined) return { stream: undefined, [Symbol.asyncDispose]: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-stdin-'));
  try {
    const path = join(folder, 'stdin');
    const writer = await open(path, 'wx', 0o600);
    await writer.writeFile(text).finally(() => writer.close());
    const reader = await open(path, 'r');
    return {
      stream: reader.createReadStream({ autoClose: false }),
      [Symbol.asyncDispose]: () => reader.close(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
