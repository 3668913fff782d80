/** Provider `sim`: simulated desktops inside this process. Works on every machine, starts in a fraction of a second. */
import { randomUUID } from 'node:crypto';
import { type SimDesktopOptions, startSimDesktop } from '../guest/sim/index.js';
import type { Desktop, DesktopProvider, StartOptions } from './provider.js';

/** `screen`, `now`, `timeScale`: of each desktop. */
export type SimProviderOptions = Pick<SimDesktopOptions, 'screen' | 'now' | 'timeScale'>;

/** A simulated desktop can also be made to crash, for tests of what stands on it. */
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
      const sim = await startSimDesktop({ ...options, signal });
      onProgress({ phase: 'agent', detail: sim.agent.origin });
      return {
        id: `sim-${randomUUID().slice(0, 8)}`,
        // There is no VLC in it: the agent's 404 says so to whoever asks.
        endpoints: { agent: sim.agent, cdp: sim.devtools, watch: sim.watch, vlc: sim.agent },
        pause: async () => sim.pause(),
        resume: async () => sim.resume(),
        async restore({ signal: cancel }) {
          cancel.throwIfAborted();
          sim.restore();
          return 'same';
        },
        logs: async (tail) => sim.logs(tail),
        kill: () => sim.kill(),
        [Symbol.asyncDispose]: () => sim[Symbol.asyncDispose](),
      };
    },
  };
}
