/**
 * Provider `attach`: desktops that somebody else started and that stay when we go, each with a guest agent, such as
 * OSWorld's own `main.py` in a VM or on an office machine. What brings one back to its initial state is the user's to say.
 */
import { maskCredentials } from '../config/mask.js';
import { AgentClient } from '../desktop/agent-client.js';
import type { DesktopEndpoints } from '../desktop/endpoints.js';
import { ArpoEnvError, type Problem, toArpoEnvError } from '../errors.js';
import { lackOf, postReset, runReset } from './attach-reset.js';
import type { Desktop, DesktopProvider, StartOptions } from './provider.js';

export interface AttachOptions {
  /** URLs of guest agents, such as http://192.0.2.7:5000. */
  agents: readonly string[];
  /** Ports on the agents' hosts. */
  cdpPort: number;
  /** Undefined where there is no page to watch: OSWorld's `main.py` alone has none. */
  watchPort?: number | undefined;
  vlcPort: number;
  /** Words of a command that brings a desktop back; `{agent}` and `{host}` in them are the agent's URL and host. */
  resetCommand?: readonly string[] | undefined;
  /** URL to which a POST does it; the same placeholders. */
  resetUrl?: string | undefined;
  /** In pixels: what coordinates are made for. */
  screen: { width: number; height: number };
}

const LOOK_TIMEOUT_MS = 5000;

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
      onProgress({ phase: 'resetting', detail: maskCredentials(agent) });
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
      logs: async () =>
        `arpo-env did not start the desktop at ${maskCredentials(agent)}: see there whether its guest agent runs`,
      [Symbol.asyncDispose]: free,
    };
  }

  /** Whether it is there, and of the size that coordinates are made for: on another one every click would miss. */
  async #look(agent: string): Promise<Problem[]> {
    const { width, height } = this.#options.screen;
    try {
      const size = await new AgentClient(new URL(agent)).screenSize({ timeoutMs: LOOK_TIMEOUT_MS });
      if (size.width === width && size.height === height) return [];
      const message = `the desktop at ${maskCredentials(agent)} is ${size.width}×${size.height}, and the config says ${width}×${height}`;
      const fix = `export SCREEN_WIDTH=${size.width} SCREEN_HEIGHT=${size.height}`;
      return [{ code: 'E_CONFIG', message, fix }];
    } catch (error) {
      const { code, message } = toArpoEnvError(error);
      const plain = agent.replace(/^https:/, 'http:');
      const fix =
        plain === agent
          ? `start the guest agent there, such as OSWorld's desktop_env/server/main.py; it runs when this answers: curl -sS -X POST ${new URL('screen_size', agent)}`
          : `is it served without TLS, as OSWorld's is? --attach ${plain}`;
      return [{ code, message: message.trim(), fix: maskCredentials(fix) }];
    }
  }

  async #reset(agent: string, signal: AbortSignal): Promise<void> {
    const { resetCommand = [], resetUrl } = this.#options;
    const fill = (text: string) =>
      text.replaceAll('{agent}', agent).replaceAll('{host}', new URL(agent).hostname);
    const [program, ...words] = resetCommand.map(fill);
    if (program !== undefined) await runReset(program, words, signal);
    if (resetUrl !== undefined) await postReset(fill(resetUrl), signal);
  }

  #endpoints(agent: string): DesktopEndpoints {
    const { cdpPort, watchPort, vlcPort } = this.#options;
    const at = (port: number) => {
      const url = new URL('/', agent);
      url.protocol = 'http:';
      url.port = String(port);
      return url;
    };
    return {
      agent: new URL(agent),
      cdp: at(cdpPort),
      watch: watchPort === undefined ? null : at(watchPort),
      vlc: at(vlcPort),
    };
  }
}

function allTaken(count: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_PROVIDER_UNAVAILABLE',
    message: `every desktop that the provider attach was given is in use: ${count}`,
    fix: `arpo-env serve --provider attach --envs ${Math.max(1, count)} --standby 0`,
  });
}
