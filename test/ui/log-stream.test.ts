import { describe, expect, it } from 'vitest';
import { logStream } from '../../src/ui/log-stream.js';

const failing = (code: string) => Object.assign(new Error(code), { code });

describe('a log stream', () => {
  it('loses what finds no room, goes on, and says how much was lost', () => {
    let written = '';
    let isFull = false;
    const stream = logStream(7, ((_fd: number, bytes: Buffer) => {
      if (isFull) throw failing('ENOSPC');
      written += bytes;
      return bytes.length;
    }) as never);
    stream.write('one\n');
    isFull = true;
    stream.write('two\n');
    stream.write('three\n');
    isFull = false;
    stream.write('four\n');
    expect(written).toMatch(
      /^one\n\{"level":"warn",.*"msg":"2 log lines found no room and are lost"\}\nfour\n$/,
    );
  });

  it('writes all of a line, also to a pipe that is full for a moment', () => {
    const written: string[] = [];
    let tries = 0;
    const stream = logStream(7, ((_fd: number, bytes: Buffer) => {
      tries += 1;
      if (tries % 2 === 1) throw failing('EAGAIN');
      written.push(String(bytes.subarray(0, 3)));
      return Math.min(3, bytes.length);
    }) as never);
    stream.write('abcdefgh\n');
    expect(written).toEqual(['abc', 'def', 'gh\n']);
  });

  it('waits no longer than a moment for a reader that never reads', () => {
    const stream = logStream(7, (() => {
      throw failing('EAGAIN');
    }) as never);
    stream.write('lost\n');
  });
});
