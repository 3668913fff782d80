/** Each kind of run, as `status` and `logs` see it: what the rooms above know of their own runs, handed to the registry's. */
import type { LoadedConfig } from '../config/load.js';
import type { RunViews } from '../runs/views.js';

/** The config is loaded when a view asks for it: a log is shown even where it is broken. */
export function runViews(loadConfig: () => Promise<LoadedConfig>): RunViews {
  return {
    server: {
      async look(run, signal) {
        const [{ lookAtServer }, { readToken }] = await Promise.all([
          import('../env-api/run-health.js'),
          import('../http/token.js'),
        ]);
        const { config } = await loadConfig();
        return lookAtServer(run, { token: await readToken(config.server), signal });
      },
      logLines: async (color) => (await import('../ui/logger.js')).logLineFormatter(color),
    },
    tunnel: {
      look: async (run, signal) => (await import('../tunnel/status/client.js')).lookAtTunnel(run, signal),
      logLines: async () => (await import('../tunnel/status/event-line.js')).logLine,
    },
  };
}
