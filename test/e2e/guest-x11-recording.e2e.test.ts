/** Video of a real X display: once at a time, fetched as often as one likes, and gone with the desktop. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCommandLines } from '../../src/host/process-table.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { type RealDesktop, realDesktop } from '../support/x11-desktop.js';

const NOTHING = { status: 400, text: '{"message":"No recording in progress to stop.","status":"error"}\n' };
const RUNNING = { status: 400, text: '{"message":"Recording is already in progress.","status":"error"}\n' };

describeWith('Xvfb', 'recordings', () => {
  describeWith('ffmpeg', 'by ffmpeg', () => {
    let real: RealDesktop;

    beforeAll(async () => {
      real = await realDesktop();
    });
    afterAll(() => real?.[Symbol.asyncDispose]());

    const call = (path: string, headers: Record<string, string> = {}) =>
      fetch(new URL(path, real.desktop.agent), { method: 'POST', headers });
    const text = async (path: string) => {
      const response = await call(path);
      return { status: response.status, text: await response.text() };
    };
    const fetchVideo = async (range?: string) => {
      const response = await call('end_recording', range === undefined ? {} : { range });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, bytes };
    };
    const recorders = async () =>
      (await readCommandLines()).filter(({ command }) => command.includes('x11grab')).length;

    it('are one MP4, whole or from where a client left off', async () => {
      expect(await text('end_recording')).toEqual(NOTHING);
      expect(await text('start_recording')).toEqual({
        status: 200,
        text: '{"message":"Started recording successfully.","status":"success"}\n',
      });
      expect(await text('start_recording')).toEqual(RUNNING);
      const whole = await fetchVideo();
      expect(whole.status).toBe(200);
      expect(whole.headers.get('content-type')).toBe('video/mp4');
      expect(whole.headers.get('content-disposition')).toBe('attachment; filename=recording.mp4');
      expect(whole.headers.get('content-length')).toBe(String(whole.bytes.length));
      expect(whole.bytes.subarray(4, 8).toString()).toBe('ftyp');

      expect((await fetchVideo()).bytes.equals(whole.bytes)).toBe(true);
      const rest = await fetchVideo('bytes=100-');
      expect(rest.status).toBe(206);
      expect(rest.headers.get('content-range')).toBe(
        `bytes 100-${whole.bytes.length - 1}/${whole.bytes.length}`,
      );
      expect(rest.bytes.equals(whole.bytes.subarray(100))).toBe(true);
      // Who has all of it already asks for what lies beyond: OSWorld's client takes the whole once more.
      expect(await fetchVideo(`bytes=${whole.bytes.length}-`)).toMatchObject({ status: 200 });
      expect((await fetchVideo('bytes=0-99')).bytes.equals(whole.bytes.subarray(0, 100))).toBe(true);
      expect(await recorders()).toBe(0);
    });

    it('begin anew, and say so when they cannot be made', async () => {
      expect((await call('start_recording')).status).toBe(200);
      await real.shell('pkill -9 -x ffmpeg');
      // What it left is no video, and not nothing either.
      await eventually(async () => expect(await recorders()).toBe(0));
      expect((await call('start_recording')).status).toBe(200);
      expect((await fetchVideo()).bytes.subarray(4, 8).toString()).toBe('ftyp');
    });

    it('end with their desktop', async () => {
      const other = await realDesktop();
      const started = await fetch(new URL('start_recording', other.desktop.agent), { method: 'POST' });
      expect(started.status).toBe(200);
      expect(await recorders()).toBe(1);
      await other[Symbol.asyncDispose]();
      await eventually(async () => expect(await recorders()).toBe(0));
    });
  });
});
