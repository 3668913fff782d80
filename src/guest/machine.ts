/**
 * What a desktop is made of, seen from inside: the contract between the guest agent's routes and the machine behind
 * them, a practice desktop or an X11 display. Paths are absolute in the guest; every wait ends with its signal.
 */

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
    argv: readonly string[],
    readonly seconds: number,
  ) {
    super(`Command '${argv.join(' ')}' timed out after ${seconds} seconds`);
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

export interface GuestScreen {
  size(): Promise<Size>;
  /** Throws GuestError when the screen cannot have this size. */
  resize(size: Size): Promise<void>;
  /** PNG of the whole screen with the cursor in it. */
  screenshot(): Promise<Buffer>;
  cursor(): Promise<Point>;
  /** The AT-SPI tree as XML, root `desktop-frame`. Throws MissingFeature and GuestError. */
  accessibility(): Promise<string>;
  /** Why there is no such tree here; null where there is one. */
  accessibilityMissing(): Promise<MissingFeature | null>;
  /** Text of the focused terminal of the active window; null when there is none. */
  terminalText(): Promise<string | null>;
  /** Path of the wallpaper's image file; null when the desktop has none. */
  wallpaper(): Promise<string | null>;
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

/** Throws GuestError with the text of Python's OSError, e.g. `[Errno 21] Is a directory: '/home/user'`. */
export interface GuestFiles {
  kind(path: string): Promise<'file' | 'directory' | null>;
  read(path: string): Promise<Buffer>;
  /** Creates parent folders, overwrites. */
  write(path: string, data: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names of a folder's entries. */
  list(path: string): Promise<string[]>;
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
  /** Throws GuestError when a recording cannot be started here. */
  start(): Promise<void>;
  /** The recording's MP4 bytes, or null when none is running. */
  stop(): Promise<Buffer | null>;
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
