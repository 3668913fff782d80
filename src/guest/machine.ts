/**
 * What a desktop is made of, seen from inside: the contract between the guest agent's routes and the machine behind
 * them, a practice desktop or an X11 display. Paths are absolute in the guest; every wait ends with its signal.
 */
import type { Readable } from 'node:stream';
import { reprList } from '../python/text.js';

export interface Size {
  /** Pixels. */
  width: number;
  height: number;
}

export interface Point {
  /** Pixels from the screen's left and top edge. */
  x: number;
  y: number;
}

/** What the machine could not do, in the words the original agent would use: Python's `str(error)`. */
export class GuestError extends Error {
  override readonly name: string = 'GuestError';
}

/** A command ran into its time limit; it was stopped. */
export class GuestTimeout extends GuestError {
  override readonly name = 'GuestTimeout';

  constructor(
    /** As it was given: a list of arguments, or text for a shell. */
    command: readonly string[] | string,
    readonly seconds: number,
  ) {
    const shown = typeof command === 'string' ? command : reprList(command);
    super(`Command '${shown}' timed out after ${seconds} seconds`);
  }
}

/** Desktops have it, and this one does not. */
export class MissingFeature extends GuestError {
  override readonly name = 'MissingFeature';

  constructor(
    message: string,
    /** What brings it, preferably a command. */
    readonly fix: string,
  ) {
    super(message);
  }
}

export interface GuestClock {
  /** Milliseconds since the epoch, by the guest's clock. */
  now(): number;
  /** Waits `ms` of the guest's time; rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Milliseconds: for all of it, and for what is not seen yet when what was typed has been handled. */
export interface RestLimits {
  limitMs: number;
  pauseMs: number;
}

export interface GuestScreen {
  size(): Promise<Size>;
  /** The name of the output that has this size now. Throws GuestError when the screen cannot have it. */
  resize(size: Size): Promise<string>;
  /** PNG of the whole screen with the cursor in it. */
  screenshot(): Promise<Buffer>;
  cursor(): Promise<Point>;
  /** Resolves when what was done last is seen and nothing changes any more, or when the time is up. */
  rest(limits: RestLimits, signal: AbortSignal): Promise<void>;
  /** The AT-SPI tree as XML, root `desktop-frame`. Throws MissingFeature and GuestError. */
  accessibility(): Promise<string>;
  /** Why there is no such tree here; null where there is one. */
  accessibilityMissing(): Promise<MissingFeature | null>;
  /** Text of the focused terminal of the active window; null when there is none. */
  terminalText(): Promise<string | null>;
  /** Path of the wallpaper's image file, which need not be there any more; null when the desktop has none. */
  wallpaper(): Promise<string | null>;
  /** A file that is not an image leaves the desktop with its own. */
  setWallpaper(path: string): Promise<void>;
}

export interface GuestWindow {
  id: string;
  title: string;
  /** Instance and class name of WM_CLASS. */
  wmClass: readonly [string, string];
  size: Size;
}

export interface GuestWindows {
  /** Oldest first, as `_NET_CLIENT_LIST` has them. */
  list(): Promise<GuestWindow[]>;
  activate(id: string): Promise<void>;
  /** Asks the window to close, as its close button does: it may ask back. */
  close(id: string): Promise<void>;
}

/** A part of a file: from `start` to before `end`, in bytes. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A regular file that is open for reading, with the size it had then. */
export interface OpenFile {
  readonly size: number;
  /** The only way to close it: take the bytes to their end, or destroy the stream. It fails when the file has become shorter. */
  stream(range?: ByteRange): Readable;
}

/** One after the other. */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface FileEntry {
  name: string;
  /** Of what a link leads to. */
  kind: 'file' | 'directory';
  isLink: boolean;
}

/** Throws GuestError with the text of Python's OSError, e.g. `[Errno 21] Is a directory: '/home/user'`. */
export interface GuestFiles {
  kind(path: string): Promise<'file' | 'directory' | null>;
  /** Regular files only: nothing here waits for a pipe or reads a device. */
  open(path: string): Promise<OpenFile>;
  /**
   * Creates parent folders, overwrites regular files; what cannot be written to its end is removed.
   * Returns the number of bytes.
   */
  write(path: string, data: Bytes): Promise<number>;
  /** A file or a link; nothing when there is none. */
  remove(path: string): Promise<void>;
  /** A folder's entries, in no order. */
  list(path: string): AsyncIterable<FileEntry>;
}

export interface RunOptions {
  /** Working directory. Default: the home directory. */
  cwd?: string;
  /** The command is stopped after this many seconds of the guest's time. */
  timeoutSeconds: number;
  signal: AbortSignal;
}

export interface RunResult {
  stdout: Buffer;
  stderr: Buffer;
  returncode: number;
}

export interface GuestPrograms {
  /** Runs to the end. Throws GuestError when it cannot be started and GuestTimeout at its time limit. */
  run(argv: readonly string[], options: RunOptions): Promise<RunResult>;
  /** Starts and does not wait. Throws GuestError when it cannot be started. */
  launch(argv: readonly string[]): Promise<void>;
  /** Opens a file or folder with the program that handles it. Throws GuestError when there is none. */
  open(path: string): Promise<void>;
  /** Whether a command of this name is on PATH. */
  has(command: string): Promise<boolean>;
}

export interface GuestRecorder {
  /** Whether a recording runs. */
  isRunning(): boolean;
  /** Throws GuestError when a recording cannot be started here. */
  start(): Promise<void>;
  /** Path of the recording that ended now or, when none was running, of the last one; null when there is none. */
  stop(): Promise<string | null>;
}

export interface GuestMachine {
  /** What Python's `platform.system()` says. */
  readonly platform: 'Linux';
  /** The environment of the agent's process; `HOME` is always there. */
  readonly environment: Readonly<Record<string, string>> & { readonly HOME: string };
  readonly clock: GuestClock;
  readonly screen: GuestScreen;
  readonly windows: GuestWindows;
  readonly files: GuestFiles;
  readonly programs: GuestPrograms;
  readonly recorder: GuestRecorder;
}
