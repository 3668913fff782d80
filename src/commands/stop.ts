/** `arpo-env stop`: ends what of ours runs on this machine. */
import { anyKind, RUN_KIND_NAMES } from '../runs/kinds.js';
import { defineCommand } from './command.js';
import { argument } from './option.js';

export default defineCommand({
  description: 'Stop the env servers and tunnels of this user on this machine, with their desktops.',
  arguments: [
    argument(
      '[which...]',
      `${RUN_KIND_NAMES.join(', ')} or all, and of several one by its pid, port, URL or host; default: all`,
    ),
  ],
  examples: ['arpo-env stop', 'arpo-env stop server', 'arpo-env stop tunnel deepx', 'arpo-env stop 4711'],
  async run({ console, signal }, _options, which) {
    const [{ stopRuns }, { nameLeftDesktop }, { findLeftDesktops }, { parseSelector }, { stateFolder }] =
      await Promise.all([
        import('../runs/stop.js'),
        import('../runs/left-desktops.js'),
        import('../providers/left-desktops.js'),
        import('../runs/select.js'),
        import('../runs/state-folder.js'),
      ]);
    const selector = parseSelector(which, 'all');
    const removed: string[] = [];
    const stopped = await stopRuns({
      folder: stateFolder(process.env).runs,
      selector,
      signal,
      onStop: ({ kind, pid, how }) => console.success(`${kind} pid ${pid}: ${HOW[how]}`),
      findLeftDesktops,
      onRemoved: (desktop) => {
        removed.push(desktop.name);
        console.success(`${nameLeftDesktop(desktop)}: removed`);
      },
      onUnseen: (text) => console.warn(text),
    });
    console.document({ stopped, removedDesktops: removed });
    if (stopped.length === 0 && removed.length === 0)
      console.result(`no ${selector.kind ?? anyKind()} runs here`);
  },
});

const HOW = {
  exited: 'stopped',
  killed: 'killed, since it did not stop in time',
  cleared: 'was dead already; what it left is removed',
};
