/** Video of the screen, by ffmpeg. */
import { rm, stat } from 'node:fs/promises';
import { messageOf } from '../../lib/errno.js';
import { GuestError, type GuestRecorder, type Size } from '../machine.js';
import { endsWithin } from './ends-within.js';
import { installCommand } from './install.js';
import type { Background, Processes } from './processes.js';
import { FFMPEG } from './requirements.js';

export interface RecorderParts {
  processes: Processes;
  /** `:N`. */
  display: string;
  size(): Promise<Size>;
  /** The video. It stays after the recording, until the next one. */
  file: string;
}

const FRAMES_PER_SECOND = 30;
/** Hours of a desktop at work, and less than a sandbox has room for. ffmpeg ends the video properly when it is reached. */
const LARGEST_VIDEO_BYTES = 256 * 1024 ** 2;
/** As the original: a recorder that fails does so by then. */
const LIVENESS_MS = 2000;
/** ffmpeg writes the end of the file when it is told to stop. */
const STOP_DEADLINE_MS = 15_000;

export class X11Recorder implements GuestRecorder {
  /** Until somebody asks for its end, however it ended. */
  #recording: Background | null = null;
  #starting = false;
  /** Of the one that is being ended: whoever asks meanwhile gets the same. */
  #ending: Promise<void> | null = null;

  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  isRunning(): boolean {
    const child = this.#recording?.child;
    return this.#starting || (child !== undefined && child.exitCode === null && child.signalCode === null);
  }

  async start(): Promise<void> {
    this.#starting = true;
    try {
      await this.#ending;
      await rm(this.#parts.file, { force: true });
      const recording = await this.#record();
      this.#recording = recording;
      const how = await endsWithin(recording.ended, LIVENESS_MS);
      if (how !== null && this.#recording === recording)
        throw new GuestError(
          `ffmpeg terminated unexpectedly. Error: ${recording.lastLines() || `it ended ${how}`}`,
        );
    } catch (error) {
      throw new GuestError(`Failed to start recording. ${messageOf(error)}`);
    } finally {
      this.#starting = false;
    }
  }

  async stop(): Promise<string | null> {
    this.#ending ??= this.#end().finally(() => {
      this.#ending = null;
    });
    await this.#ending;
    const { file } = this.#parts;
    return (await stat(file).catch(() => null))?.size ? file : null;
  }

  async #record(): Promise<Background> {
    const { processes, display, size, file } = this.#parts;
    if ((await processes.find('ffmpeg')) === null) {
      throw new GuestError(`ffmpeg is not installed on this desktop: ${installCommand([FFMPEG])}`);
    }
    const { width, height } = await size();
    return processes.start(
      [
        ...['ffmpeg', '-y', '-loglevel', 'error', '-f', 'x11grab', '-draw_mouse', '1'],
        ...['-video_size', `${width}x${height}`, '-framerate', String(FRAMES_PER_SECOND), '-i', display],
        ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
        ...['-fs', String(LARGEST_VIDEO_BYTES), file],
      ],
      { stdin: 'pipe' },
    );
  }

  async #end(): Promise<void> {
    const recording = this.#recording;
    this.#recording = null;
    if (recording === null) return;
    recording.child.stdin?.on('error', () => undefined);
    recording.child.stdin?.end('q');
    if ((await endsWithin(recording.ended, STOP_DEADLINE_MS)) !== null) return;
    recording.kill('SIGKILL');
    throw new GuestError(
      `Recording process was unresponsive and had to be killed. Stderr: ${recording.lastLines()}`,
    );
  }
}
