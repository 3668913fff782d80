import { describe, expect, it } from 'vitest';
import { fixExit } from '../../../src/providers/docker/exit.js';

const plain = { how: 'with exit code 1', ranOutOfMemory: false };

describe('fixExit', () => {
  it.each([
    [
      'memory that was not there',
      plain,
      "qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
      /RAM_SIZE=2G/,
    ],
    ['memory that ran out', { ...plain, ranOutOfMemory: true }, '', /RAM_SIZE=8G/],
    ['a full disk', plain, 'qemu-img: No space left on device', /docker system df/],
    ['a disk that may not be read', plain, "Could not open '/System.qcow2': Permission denied", /chmod a\+r/],
    ['a damaged disk', plain, 'Image is not in qcow2 format', /qemu-img check/],
    ['another CPU', plain, 'exec /run/entry.sh: exec format error', /another kind of CPU/],
    ['KVM', plain, 'Could not access KVM kernel module: No such file or directory', /arpo-env doctor/],
    ['anything else', plain, 'Traceback (most recent call last)', /docker run --rm -it/],
  ])('%s', (_title, exit, line, fix) => {
    expect(fixExit(exit, ['first line', line])).toMatch(fix);
  });
});
