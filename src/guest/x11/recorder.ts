/** Video of the screen, by ffmpeg. */
import { readFile, rm } from 'node:fs/promises';
import { GuestError, type GuestRecorder, type Size } from '../machine.js';
import { endsWithin } from './ends-within.js';
import type { Background, Processes } from './processes.js';

export interface RecorderParts {
  processes: Processes;
  /** `:N`. */
  display: string;
  size(): Promise<Size>;
  /** The video. */
  file: string;
}

const FRAMES_PER_SECOND = 30;
/** As the original: a recorder that fails does so by then. */
const LIVENESS_MS = 2000;
/** ffmpeg writes the end of the file when it is told to stop. */
const STOP_DEADLINE_MS = 20_000;

export class X11Recorder implements GuestRecorder {
  #recording: Background | null = null;
  #starting = false;

  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    if (this.#recording !== null || this.#starting) throw new GuestError('Recording is already in progress.');
    const { processes, display, size, file } = this.#parts;
    if ((await processes.find('ffmpeg')) === null) {
      throw new GuestError('ffmpeg is not installed on this desktop: apt-get install ffmpeg');
    }
    this.#starting = true;
    try {
      await rm(file, { force: true });
      const { width, height } = await size();
      const recording = await processes.start(
        [
          ...['ffmpeg', '-y', '-loglevel', 'error', '-f', 'x11grab', '-draw_mouse', '1'],
          ...['-video_size', `${width}x${height}`, '-framerate', String(FRAMES_PER_SECOND), '-i', display],
          ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', file],
        ],
        { stdin: 'pipe' },
      );
      const how = await endsWithin(recording.ended, LIVENESS_MS);
      if (how !== null) throw new GuestError(`ffmpeg ended with ${how}: ${recording.lastLines()}`);
      this.#recording = recording;
    } finally {
      this.#starting = false;
    }
  }

  async stop(): Promise<Buffer | null> {
    const recording = this.#recording;
    this.#recording = null;
    if (recording === null) return null;
    recording.child.stdin?.on('error', () => undefined);
    recording.child.stdin?.end('q');
    if ((await endsWithin(recording.ended, STOP_DEADLINE_MS)) === null) {
      recording.kill('SIGKILL');
      throw new GuestError(`ffmpeg did not finish the recording within ${STOP_DEADLINE_MS / 1000} s`);
    }
    return readFile(this.#parts.file);
  }
}
