/** `arpo-env status`: what of ours runs on this machine, and how it is. */
import { defineCommand } from './command.js';

export default defineCommand({
  description:
    'The env servers and tunnels that run on this machine, and their state. Exit code 3 when one is unhealthy.',
  examples: ['arpo-env status', 'arpo-env status --json'],
  async run({ console, signal, loadConfig }) {
    const [{ statusDocument, statusOfRuns, statusText }, { stateFolder }, { runViews }, loaded] =
      await Promise.all([
        import('../runs/status.js'),
        import('../runs/state-folder.js'),
        import('./run-views.js'),
        loadConfig(),
      ]);
    const views = runViews(async () => loaded);
    const status = await statusOfRuns(stateFolder(process.env).runs, views, signal);
    for (const warning of status.warnings) console.warn(warning);
    console.document(statusDocument(status));
    console.result(statusText(status, console.columns));
    return status.healthy ? 0 : 3;
  },
});
