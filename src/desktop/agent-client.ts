/** The client side of OSWorld's guest agent. Routes and answers: guest-api.md §2. */
import type { Response } from 'got';
import { doubling, retry } from '../lib/retry.js';
import {
  accessibilityAnswer,
  desktopPathAnswer,
  directoryAnswer,
  type ExecuteResult,
  executeAnswer,
  missingAnswer,
  parseAnswer,
  sizeAnswer,
  terminalAnswer,
} from './agent-answers.js';
import { agentFailed, refusedWith } from './agent-errors.js';
import { type AgentRequest, DEFAULT_TIMEOUT_MS, requestAgent } from './agent-request.js';
import type { AskOptions } from './ask.js';
import type { AgentSocket } from './endpoints.js';
import { uploadBody } from './multipart.js';
import { askAgent, sendStepRequest } from './step-request.js';

export interface WindowQuery {
  windowName: string;
  /** Exact match instead of substring. Default false. */
  strict?: boolean | undefined;
  /** Match WM_CLASS instead of the title. Default false. */
  byClass?: boolean | undefined;
}

export interface VerifiedCommand {
  command: Command;
  shell: boolean;
  /** Either or both: a window whose title contains the text, a shell command that exits with 0. */
  verification: { window_exists?: string | undefined; command_success?: string | undefined };
  /** Seconds the verification may take, and seconds between looks. */
  maxWaitSeconds: number;
  checkIntervalSeconds: number;
}

type CallOptions = Pick<AgentRequest, 'signal' | 'timeoutMs'>;

interface ScreenshotOptions extends CallOptions {
  /** Default 2. */
  retries?: number;
  /** Its size in pixels: of a large one more is read. */
  screen?: { width: number; height: number };
}

type Command = string | readonly string[];

/** The guest kills a command after 120 s and then answers; wait for that answer. */
const EXECUTE_TIMEOUT_MS = 130_000;
/** OSWorld's agent waits up to 1800 s for the window of an opened file. */
const OPEN_FILE_TIMEOUT_MS = 1_810_000;
const UPLOAD_TIMEOUT_MS = 600_000;
/** Bytes of answers that are not JSON documents, or large ones; more than any task asks for. */
const LARGEST = { screenshot: 16 * 1024 ** 2, tree: 64 * 1024 ** 2, file: 256 * 1024 ** 2 };

/** Throws E_AGENT_UNREACHABLE when there is no answer and E_AGENT_FAILED when the answer is an error. */
export class AgentClient {
  #knowsRest = true;

  /** `socket`: on which the same agent listens; what every step asks for goes there. */
  constructor(
    readonly url: URL,
    readonly socket?: AgentSocket,
  ) {}

  /** PNG or JPEG bytes of the whole screen, exactly as the guest sent them. Safe to repeat: 2 `retries` by default. */
  async screenshot(options: ScreenshotOptions = {}): Promise<Buffer> {
    const { signal = new AbortController().signal, timeoutMs = 10_000, retries = 2 } = options;
    const largest = largestScreenshot(options.screen);
    const image = await retry(() => this.#step('screenshot', { timeoutMs, signal, largest }), {
      attempts: retries + 1,
      delayMs: doubling(1000, 4000),
      signal,
    });
    if (isImage(image)) return image;
    throw agentFailed(this.url, 'screenshot', `${image.length} bytes that are neither PNG nor JPEG`);
  }

  /** Runs a command in the guest. Never repeated by itself: it may have acted. */
  async execute(command: Command, options: CallOptions & { shell?: boolean } = {}): Promise<ExecuteResult> {
    const { signal, timeoutMs = EXECUTE_TIMEOUT_MS, shell = false } = options;
    const json = { command, shell };
    const body = await this.#step('execute', { json, timeoutMs, signal });
    return parseAnswer(this.url, 'execute', body, executeAnswer);
  }

  /** Runs a command and throws E_AGENT_FAILED unless what it should bring about is seen in time. */
  async executeWithVerification(verified: VerifiedCommand, options: CallOptions = {}): Promise<void> {
    const { maxWaitSeconds, checkIntervalSeconds, ...rest } = verified;
    const json = { ...rest, max_wait_time: maxWaitSeconds, check_interval: checkIntervalSeconds };
    const timeoutMs = EXECUTE_TIMEOUT_MS + maxWaitSeconds * 1000;
    await this.#request('setup/execute_with_verification', { timeoutMs, ...options, got: { json } });
  }

  /** Starts a program and does not wait for it. */
  async launch(command: Command, options: CallOptions & { shell?: boolean } = {}): Promise<void> {
    await this.#request('setup/launch', {
      ...options,
      got: { json: { command, shell: options.shell ?? false } },
    });
  }

  /** Opens a file, or a command on PATH, and waits for its window. */
  async openFile(path: string, options: CallOptions = {}): Promise<void> {
    await this.#request('setup/open_file', {
      timeoutMs: OPEN_FILE_TIMEOUT_MS,
      ...options,
      got: { json: { path } },
    });
  }

  async activateWindow(query: WindowQuery, options: CallOptions = {}): Promise<void> {
    await this.#request('setup/activate_window', { ...options, got: { json: windowBody(query) } });
  }

  async closeWindow(query: WindowQuery, options: CallOptions = {}): Promise<void> {
    await this.#request('setup/close_window', { ...options, got: { json: windowBody(query) } });
  }

  async changeWallpaper(path: string, options: CallOptions = {}): Promise<void> {
    await this.#request('setup/change_wallpaper', { ...options, got: { json: { path } } });
  }

  /** Writes a file in the guest; parents are created, an existing file is overwritten. */
  async upload(path: string, data: Uint8Array, options: CallOptions = {}): Promise<void> {
    const body = new FormData();
    body.set('file_path', path);
    body.set('file_data', new Blob([Uint8Array.from(data)]), path.split('/').at(-1) ?? 'file');
    await this.#request('setup/upload', { timeoutMs: UPLOAD_TIMEOUT_MS, ...options, got: { body } });
  }

  /** The same with a file of this machine, which is streamed and never held in memory. */
  async uploadFile(path: string, localPath: string, options: CallOptions = {}): Promise<void> {
    const { headers, body } = await uploadBody(path, localPath);
    await this.#request('setup/upload', { timeoutMs: UPLOAD_TIMEOUT_MS, ...options, got: { headers, body } });
  }

  /** A guest file's bytes, or null when there is none at `path` (`~` and $VARS are expanded in the guest). */
  async file(path: string, options: CallOptions = {}): Promise<Buffer | null> {
    return this.#bytesOrNull('file', {
      timeoutMs: UPLOAD_TIMEOUT_MS,
      largest: LARGEST.file,
      ...options,
      got: { form: { file_path: path } },
    });
  }

  /** The wallpaper image's bytes, or null when the guest has none. */
  async wallpaper(options: CallOptions = {}): Promise<Buffer | null> {
    return this.#bytesOrNull('wallpaper', { largest: LARGEST.file, ...options });
  }

  /** Text of the focused terminal window, or null when none is active. */
  async terminalOutput(options: CallOptions = {}): Promise<string | null> {
    const response = await this.#request('terminal', {
      ...options,
      got: { method: 'GET', retry: { limit: 2 } },
    });
    return parseAnswer(this.url, 'terminal', response.rawBody, terminalAnswer).output;
  }

  /** The accessibility tree as XML, root `desktop-frame`. */
  async accessibilityTree(options: CallOptions = {}): Promise<string> {
    const response = await this.#request('accessibility', {
      timeoutMs: 120_000,
      largest: LARGEST.tree,
      ...options,
      got: { method: 'GET', retry: { limit: 2 } },
    });
    return parseAnswer(this.url, 'accessibility', response.rawBody, accessibilityAnswer).AT;
  }

  /** Why the desktop has no accessibility tree, and what brings it; null where it has one. */
  async missingTree(options: CallOptions = {}): Promise<{ message: string; fix: string } | null> {
    const route = 'arpo-env/missing';
    const body = await this.#bytesOrNull(route, { ...options, got: { method: 'GET', retry: { limit: 2 } } });
    // OSWorld's own agent does not know the question, and has the tree.
    return body && parseAnswer(this.url, route, body, missingAnswer).accessibility;
  }

  /**
   * Resolves when what was done last is seen and the screen changes no more, or when the time is up. False, at once, where
   * the agent cannot say: OSWorld's own does not know the question.
   */
  async rest(
    { limitMs, pauseMs }: { limitMs: number; pauseMs: number },
    { signal }: { signal: AbortSignal },
  ): Promise<boolean> {
    if (!this.#knowsRest) return false;
    const route = `arpo-env/rest?limit=${limitMs}&pause=${pauseMs}`;
    const timeoutMs = limitMs + DEFAULT_TIMEOUT_MS;
    const { status } = await askAgent(this.url, route, { timeoutMs, signal, socket: this.socket });
    this.#knowsRest = status !== 404;
    return status === 200;
  }

  async screenSize(options: CallOptions = {}): Promise<{ width: number; height: number }> {
    const { rawBody } = await this.#request('screen_size', options);
    return parseAnswer(this.url, 'screen_size', rawBody, sizeAnswer);
  }

  /** Size of the first window of a WM_CLASS, or null when there is none (the original answers 500 then). */
  async windowSize(
    appClassName: string,
    options: CallOptions = {},
  ): Promise<{ width: number; height: number } | null> {
    const body = await this.#bytesOrNull(
      'window_size',
      { ...options, got: { form: { app_class_name: appClassName } } },
      [404, 500],
    );
    return body && parseAnswer(this.url, 'window_size', body, sizeAnswer);
  }

  async desktopPath(options: CallOptions = {}): Promise<string> {
    const response = await this.#request('desktop_path', options);
    return parseAnswer(this.url, 'desktop_path', response.rawBody, desktopPathAnswer).desktop_path;
  }

  /** `{type, name, children}` as the guest lists it, or null when the path is not a directory. */
  async directoryTree(path: string, options: CallOptions = {}): Promise<unknown> {
    const body = await this.#bytesOrNull(
      'list_directory',
      { ...options, got: { json: { path } } },
      [400, 404],
    );
    if (body === null) return null;
    return parseAnswer(this.url, 'list_directory', body, directoryAnswer).directory_tree;
  }

  /** `Linux`, `Windows` or `Darwin`. */
  async platform(options: CallOptions = {}): Promise<string> {
    return (
      await this.#request('platform', { ...options, got: { method: 'GET', retry: { limit: 2 } } })
    ).rawBody
      .toString()
      .trim();
  }

  async #bytesOrNull(
    route: string,
    options: AgentRequest,
    nothingThere: readonly number[] = [404],
  ): Promise<Buffer | null> {
    try {
      return (await this.#request(route, options)).rawBody;
    } catch (error) {
      if (nothingThere.includes(refusedWith(error) ?? 0)) return null;
      throw error;
    }
  }

  #step(route: string, options: AskOptions): Promise<Buffer> {
    return sendStepRequest(this.url, route, { ...options, socket: this.socket });
  }

  #request(route: string, options: AgentRequest): Promise<Response<Buffer>> {
    return requestAgent(this.url, route, options);
  }
}

function windowBody({ windowName, strict = false, byClass = false }: WindowQuery) {
  return { window_name: windowName, strict, by_class: byClass };
}

/** A large screen's picture is larger when it does not compress at all. */
function largestScreenshot({ width, height } = { width: 0, height: 0 }): number {
  return Math.max(LARGEST.screenshot, width * height * 4);
}

function isImage(bytes: Buffer): boolean {
  const magic = bytes.subarray(0, 3).toString('hex');
  return magic === '89504e' || magic === 'ffd8ff';
}
