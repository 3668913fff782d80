/**
 * Provider `attach`: desktops that somebody else started and that stay when we go, each with a guest agent, such as
 * OSWorld's own `main.py` in a VM or on an office machine. What brings one back to its initial state is the user's to say.
 */
import { execa } from 'execa';
import got from 'got';
import { AgentClient } from '../desktop/agent-client.js';
import type { DesktopEndpoints } from '../desktop/endpoints.js';
import { ArpoEnvError, type Problem, toArpoEnvError } from '../errors.js';
import { findProgram, isExecutable } from '../guest/x11/executables.js';
import { messageOf } from '../lib/errno.js';
import { shellLine } from '../shell-words.js';
import type { Desktop, DesktopProvider, StartOptions } from './provider.js';

export interface AttachOptions {
  /** URLs of guest agents, such as http://192.0.2.7:5000. */
  agents: readonly string[];
  /** Ports on the agents' hosts. */
  cdpPort: number;
  watchPort: number;
  vlcPort: number;
  /** Words of a command that brings a desktop back; `{agent}` and `{host}` in them are the agent's URL and host. */
  resetCommand?: readonly string[] | undefined;
  /** URL to which a POST does it; the same placeholders. */
  resetUrl?: string | undefined;
  /** In pixels: what coordinates are made for. */
  screen: { width: number; height: number };
}

/** A reset may boot a machine; whoever waits for it has a budget of their own. */
const RESET_TIMEOUT_MS = 3_600_000;
const LOOK_TIMEOUT_MS = 5000;
const LAST_LINE = 300;

export class AttachProvider implements DesktopProvider {
  readonly name = 'attach';
  readonly note: string | undefined;
  readonly capacity: number;
  readonly #agents: readonly string[];
  readonly #options: AttachOptions;
  readonly #taken = new Set<string>();

  constructor(options: AttachOptions) {
    this.#options = options;
    this.#agents = [...new Set(options.agents)];
    this.capacity = this.#agents.length;
    const { resetCommand = [], resetUrl } = options;
    const isReset = resetCommand.length > 0 || resetUrl !== undefined;
    this.note = isReset
      ? undefined
      : 'nothing brings this desktop back between episodes: each begins with what the one before left (providers.attach.resetCommand)';
  }

  async preflight(): Promise<Problem[]> {
    if (this.#agents.length === 0) {
      const message = 'the provider attach is given no guest agent';
      const fix = 'arpo-env serve --provider attach --attach http://192.0.2.7:5000';
      return [{ code: 'E_CONFIG', message, fix }];
    }
    const looks = this.#agents.map((agent) => this.#look(agent));
    return (await Promise.all([...looks, lackOf(this.#options.resetCommand)])).flat();
  }

  async start({ signal, onProgress }: StartOptions): Promise<Desktop> {
    const agent = this.#agents.find((candidate) => !this.#taken.has(candidate));
    if (agent === undefined) throw allTaken(this.capacity);
    this.#taken.add(agent);
    const free = async () => {
      this.#taken.delete(agent);
    };
    try {
      onProgress({ phase: 'resetting', detail: agent });
      await this.#reset(agent, signal);
    } catch (error) {
      await free();
      throw error;
    }
    return {
      id: `attach-${new URL(agent).host}`,
      endpoints: this.#endpoints(agent),
      // Its clock is not ours to stop.
      pause: async () => {},
      resume: async () => {},
      restore: async (options) => {
        await this.#reset(agent, options.signal);
        return 'same';
      },
      logs: async () => `the desktop at ${agent} was not started by arpo-env; its log is where it runs`,
      [Symbol.asyncDispose]: free,
    };
  }

  /** Whether it is there, and of the size that coordinates are made for: a smaller one would be clicked beside. */
  async #look(agent: string): Promise<Problem[]> {
    const { width, height } = this.#options.screen;
    try {
      const size = await new AgentClient(new URL(agent)).screenSize({ timeoutMs: LOOK_TIMEOUT_MS });
      if (size.width === width && size.height === height) return [];
      const message = `the desktop at ${agent} is ${size.width}×${size.height}, and the config says ${width}×${height}`;
      const fix = `export SCREEN_WIDTH=${size.width} SCREEN_HEIGHT=${size.height}`;
      return [{ code: 'E_CONFIG', message, fix }];
    } catch (error) {
      const { code, message } = toArpoEnvError(error);
      const plain = agent.replace(/^https:/, 'http:');
      const fix =
        plain === agent
          ? `start the guest agent there, such as OSWorld's desktop_env/server/main.py; it runs when this answers: curl -sS -X POST ${new URL('screen_size', agent)}`
          : `is it served without TLS, as OSWorld's is? --attach ${plain}`;
      return [{ code, message: message.trim(), fix }];
    }
  }

  async #reset(agent: string, signal: AbortSignal): Promise<void> {
    const { resetCommand = [], resetUrl } = this.#options;
    const fill = (text: string) =>
      text.replaceAll('{agent}', agent).replaceAll('{host}', new URL(agent).hostname);
    const [program, ...words] = resetCommand.map(fill);
    if (program !== undefined) await run(program, words, signal);
    if (resetUrl !== undefined) await post(fill(resetUrl), signal);
  }

  #endpoints(agent: string): DesktopEndpoints {
    const { cdpPort, watchPort, vlcPort } = this.#options;
    const at = (port: number) => {
      const url = new URL('/', agent);
      url.protocol = 'http:';
      url.port = String(port);
      return url;
    };
    return { agent: new URL(agent), cdp: at(cdpPort), watch: at(watchPort), vlc: at(vlcPort) };
  }
}

async function run(program: string, words: readonly string[], signal: AbortSignal): Promise<void> {
  const result = await execa(program, words, {
    stdin: 'ignore',
    reject: false,
    timeout: RESET_TIMEOUT_MS,
    cancelSignal: signal,
    maxBuffer: 1_000_000,
    env: { LC_ALL: 'C' },
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return;
  const said = result.stderr.trim().split('\n').at(-1)?.slice(0, LAST_LINE);
  throw notReset(
    `${program} ${howItEnded(result)}${said ? `: ${said}` : ''}`,
    shellLine([program, ...words]),
    result,
  );
}

interface Ending {
  exitCode?: number | undefined;
  timedOut: boolean;
  signalDescription?: string | undefined;
  originalMessage?: string | undefined;
}

function howItEnded({ exitCode, timedOut, signalDescription, originalMessage }: Ending): string {
  if (exitCode !== undefined) return `ended with ${exitCode}`;
  if (timedOut) return `did not end within ${RESET_TIMEOUT_MS / 60_000} minutes`;
  return `did not end by itself: ${signalDescription ?? originalMessage ?? 'it could not be started'}`;
}

/** What keeps the command from being started at all: found out before somebody waits for an episode. */
async function lackOf(command: readonly string[] = []): Promise<Problem[]> {
  const [program] = command;
  if (program === undefined || program.includes('{')) return [];
  const isThere = program.includes('/')
    ? (await isExecutable(program)) === 'yes'
    : (await findProgram([program], process.env.PATH ?? '')) !== null;
  if (isThere) return [];
  const words = program.trim().split(/\s+/);
  return [
    {
      code: 'E_CONFIG',
      message: `providers.attach.resetCommand: there is no program "${program}"`,
      fix:
        words.length > 1
          ? `it is run without a shell: write its words as a list, resetCommand: [${words.join(', ')}]`
          : 'install it on this machine, or give its whole path',
    },
  ];
}

async function post(url: string, signal: AbortSignal): Promise<void> {
  try {
    await got.post(url, {
      retry: { limit: 0 },
      timeout: { request: RESET_TIMEOUT_MS },
      signal,
      followRedirect: false,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw notReset(`POST ${url}: ${messageOf(error)}`, shellLine(['curl', '-sS', '-X', 'POST', url]), error);
  }
}

/** `byHand`: what does the same in a shell. */
function notReset(what: string, byHand: string, cause: unknown): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_BOOT_FAILED',
      message: `the desktop was not brought back: ${what}`,
      fix: `run it by hand, and see what it says: ${byHand}`,
    },
    { cause },
  );
}

function allTaken(count: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_PROVIDER_UNAVAILABLE',
    message: `every desktop that the provider attach was given is in use: ${count}`,
    fix: `arpo-env serve --provider attach --envs ${Math.max(1, count)} --standby 0`,
  });
}
