/** `arpo-env status`: what of ours runs on this machine, and how it is. */
import { defineCommand } from './command.js';

export default defineCommand({
  description:
    'The env servers and tunnels that run on this machine, their state, and what their desktops cost where they are rented. Exit code 3 when one is unhealthy, and when a dead one left something.',
  examples: ['arpo-env status', 'arpo-env status --json'],
  async run({ console, signal, loadConfig }) {
    const [
      { statusDocument, statusOfRuns, statusText },
      { stateFolder },
      { runViews },
      left,
      rented,
      loaded,
    ] = await Promise.all([
      import('../runs/status.js'),
      import('../runs/state-folder.js'),
      import('./run-views.js'),
      import('../providers/left-desktops.js'),
      import('../providers/rented-desktops.js'),
      loadConfig(),
    ]);
    const status = await statusOfRuns({
      folder: stateFolder(process.env).runs,
      views: runViews(async () => loaded),
      findLeftDesktops: left.findLeftDesktops,
      findRentedDesktops: rented.findRentedDesktops,
      signal,
    });
    for (const warning of status.warnings) console.warn(warning);
    console.document(statusDocument(status));
    console.result(statusText(status, console.columns));
    return status.healthy ? 0 : 3;
  },
});
