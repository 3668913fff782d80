/** Provider `sim`: practice desktops inside this process. Works on every machine, starts in a fraction of a second. */
import { randomUUID } from 'node:crypto';
import { type PracticeDesktopOptions, startPracticeDesktop } from '../guest/practice/index.js';
import type { Desktop, DesktopProvider, StartOptions } from './provider.js';

/** `screen`, `now`, `timeScale`: of each desktop. */
export type SimProviderOptions = Pick<PracticeDesktopOptions, 'screen' | 'now' | 'timeScale'>;

/** A practice desktop can also be made to crash, for tests of what stands on it. */
export interface SimProviderDesktop extends Desktop {
  kill(): Promise<void>;
}

export interface SimProvider extends DesktopProvider {
  start(options: StartOptions): Promise<SimProviderDesktop>;
}

export function createSimProvider(options: SimProviderOptions = {}): SimProvider {
  return {
    name: 'sim',

    async preflight() {
      return [];
    },

    async start({ signal, onProgress }) {
      signal.throwIfAborted();
      onProgress({ phase: 'machine' });
      const desktop = await startPracticeDesktop({ ...options, signal });
      onProgress({ phase: 'agent', detail: desktop.agent.origin });
      return {
        id: `sim-${randomUUID().slice(0, 8)}`,
        // There is no VLC in it: the agent's 404 says so to whoever asks.
        endpoints: { agent: desktop.agent, cdp: desktop.cdp, watch: desktop.watch, vlc: desktop.agent },
        pause: async () => desktop.pause(),
        resume: async () => desktop.resume(),
        async restore({ signal: cancel }) {
          cancel.throwIfAborted();
          desktop.restore();
          return 'same';
        },
        logs: async (tail) => desktop.logs(tail),
        kill: () => desktop.kill(),
        [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose](),
      };
    },
  };
}
