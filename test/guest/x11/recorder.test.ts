import { expect, test } from 'vitest';
import type { Processes } from '../../../src/guest/x11/processes.js';
import { X11Recorder } from '../../../src/guest/x11/recorder.js';

test('a desktop without ffmpeg says what to install', async () => {
  const recorder = new X11Recorder({
    processes: { find: async () => null } as unknown as Processes,
    display: ':0',
    size: async () => ({ width: 640, height: 480 }),
    file: '/nonexistent/recording.mp4',
  });
  await expect(recorder.start()).rejects.toThrow(
    /^Failed to start recording\. ffmpeg is not installed on this desktop: .*apt-get install .* ffmpeg$/,
  );
  expect(recorder.isRunning()).toBe(false);
  expect(await recorder.stop()).toBeNull();
});
