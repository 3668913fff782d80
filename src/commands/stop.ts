/** `arpo-env stop`: ends what of ours runs on this machine. */
import { Argument } from 'commander';
import { defineCommand } from './command.js';

export default defineCommand({
  configure(command) {
    command
      .description('Stop the env servers and tunnels of this user on this machine, with their desktops.')
      .addArgument(
        new Argument('[what]', 'what to stop').choices(['server', 'tunnel', 'all']).default('all'),
      );
  },
  examples: ['arpo-env stop', 'arpo-env stop server'],
  async run({ console, signal }, _options, what) {
    const [{ stopRuns }, { stateFolder }] = await Promise.all([
      import('../runs/stop.js'),
      import('../runs/state-folder.js'),
    ]);
    const stopped = await stopRuns({
      folder: stateFolder(process.env).runs,
      only: what === 'server' || what === 'tunnel' ? what : undefined,
      signal,
      onStop: ({ kind, pid, how }) => console.success(`${kind} pid ${pid}: ${HOW[how]}`),
    });
    console.document({ stopped });
    if (stopped.length === 0) console.result(`no ${what === 'all' ? 'server or tunnel' : what} runs here`);
  },
});

const HOW = {
  exited: 'stopped',
  killed: 'killed, since it did not stop in time',
  cleared: 'was dead already; what it left is gone',
};
