/** Where log lines go: at once, so that the last line before an end is there too, and never the reason for an end. */
import { writeSync } from 'node:fs';
import { errno } from '../lib/errno.js';

/** A pipe that is full: its reader gets so long, altogether, for one line. */
const PATIENCE_MS = 1000;
const POLL_MS = 10;
const bell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes to the file descriptor. A line that finds no room (a full disk, a reader that is gone) is lost; the next one that does is
 * preceded by one that says how many were.
 */
export function logStream(fd: number, write: typeof writeSync = writeSync): { write(line: string): void } {
  let lost = 0;
  return {
    write(line) {
      try {
        if (lost > 0) writeAll(fd, lostLines(lost), write);
        lost = 0;
        writeAll(fd, line, write);
      } catch {
        lost += 1;
      }
    },
  };
}

function writeAll(fd: number, line: string, write: typeof writeSync): void {
  let waited = 0;
  for (let bytes = Buffer.from(line); bytes.length > 0; ) {
    try {
      bytes = bytes.subarray(write(fd, bytes));
    } catch (error) {
      if (errno(error) !== 'EAGAIN' || waited >= PATIENCE_MS) throw error;
      Atomics.wait(bell, 0, 0, POLL_MS);
      waited += POLL_MS;
    }
  }
}

function lostLines(count: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 'warn', time, msg: `${count} log lines found no room and are lost` })}\n`;
}
