/** `vmware.log` beside each .vmx: why VMware did not do what vmrun only says it did not do. */
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const READ_BYTES = 128 * 1024;

/** The last lines; empty where there is no log. */
export async function logTail(vmx: string, tail: number): Promise<string> {
  if (tail === 0) return '';
  const lines = (await readEnd(logOf(vmx))).trimEnd().split('\n');
  return lines.slice(-tail).join('\n');
}

/**
 * What VMware put before a person since `since` (epoch milliseconds), as a window would show it: its messages have a name
 * such as `[msg.memsched.preNotEnoughMem]` in the log. Empty when there was none.
 */
export async function messagesSince(vmx: string, since: number): Promise<string[]> {
  const log = logOf(vmx);
  const changed = await stat(log).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (changed < since) return [];
  const found = (await readEnd(log)).split('\n').flatMap((line) => {
    const [stamp = ''] = line.split(/[|\s]/);
    const at = Date.parse(stamp);
    // The log of a power-on begins anew; a line without a time belongs to the one before.
    if (Number.isFinite(at) && at < since - 1000) return [];
    const text = /\[msg\.[\w.]+\]\s*(.*)$/.exec(line)?.[1]?.trim();
    return text ? [text] : [];
  });
  return [...new Set(found)];
}

function logOf(vmx: string): string {
  return join(dirname(vmx), 'vmware.log');
}

async function readEnd(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const start = Math.max(0, size - READ_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } catch {
    return '';
  }
}
