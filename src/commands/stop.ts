/** `arpo-env stop`: ends what of ours runs on this machine. */
import { anyKind, RUN_KIND_NAMES } from '../runs/kinds.js';
import type { RunSelector } from '../runs/select.js';
import { type CommandContext, defineCommand } from './command.js';
import { argument, option } from './option.js';

export default defineCommand({
  description: 'Stop the env servers and tunnels of this user on this machine, with their desktops.',
  arguments: [
    argument(
      '[which...]',
      `${RUN_KIND_NAMES.join(', ')} or all, and of several one by its pid, port, URL or host; default: all`,
    ),
  ],
  options: [
    option(
      '--all-desktops',
      'everything, and then every EC2 instance that is tagged as of this user and host, after showing them',
    ),
    option('--yes', 'with --all-desktops: without asking'),
  ],
  examples: [
    'arpo-env stop',
    'arpo-env stop server',
    'arpo-env stop tunnel deepx',
    'arpo-env stop 4711',
    'arpo-env stop --all-desktops',
  ],
  async run(context, { allDesktops = false, yes = false }, which) {
    const { parseSelector } = await import('../runs/select.js');
    const { console } = context;
    if (allDesktops) return endEverything(context, yes, which);
    const selector = parseSelector(which, 'all');
    const { stopped, removed } = await stopSelected(context, selector);
    console.document({ stopped, removedDesktops: removed });
    if (stopped.length === 0 && removed.length === 0)
      console.result(`no ${selector.kind ?? anyKind()} runs here`);
    return 0;
  },
});

/** Exit code 1 when some of them may still be there. */
async function endEverything(
  context: CommandContext,
  yes: boolean,
  which: readonly string[],
): Promise<0 | 1> {
  const [{ stopAllDesktops }, { rentedText }, { findRentedDesktops }, { confirm }, { parseSelector }] =
    await Promise.all([
      import('../runs/stop-all-desktops.js'),
      import('../runs/rented-desktops.js'),
      import('../providers/rented-desktops.js'),
      import('./confirm.js'),
      import('../runs/select.js'),
    ]);
  const { console } = context;
  await requireNone(which);
  let runs: Stopped = { stopped: [], removed: [] };
  const { ended, problems } = await stopAllDesktops({
    find: findRentedDesktops,
    async confirm(rented) {
      for (const text of rented.unseen) console.warn(text);
      if (rented.found.length === 0) return;
      console.info(rentedText(rented, Date.now(), console.columns));
      const count = rented.found.length;
      const question = `Stop what runs here, and end ${count === 1 ? 'this desktop' : `these ${count} desktops`}?`;
      await confirm(context, yes, question, 'arpo-env stop --all-desktops');
    },
    async stopRuns() {
      runs = await stopSelected(context, parseSelector([], 'all'));
    },
  });
  for (const name of ended) console.success(`desktop ${name}: ended`);
  for (const problem of problems) console.warn(problem);
  console.document({ stopped: runs.stopped, removedDesktops: runs.removed, endedDesktops: ended, problems });
  if (runs.stopped.length + runs.removed.length + ended.length + problems.length === 0)
    console.result(`no ${anyKind()} runs here, and no desktop is rented`);
  return problems.length === 0 ? 0 : 1;
}

async function requireNone(which: readonly string[]): Promise<void> {
  if (which.length === 0 || which.join(' ') === 'all') return;
  const { ArpoEnvError } = await import('../errors.js');
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `--all-desktops ends everything, and ${which.join(' ')} is only a part`,
    fix: 'arpo-env stop --all-desktops',
  });
}

interface Stopped {
  stopped: readonly object[];
  /** Names of desktops that dead servers had left. */
  removed: string[];
}

async function stopSelected({ console, signal }: CommandContext, selector: RunSelector): Promise<Stopped> {
  const [{ stopRuns }, { nameLeftDesktop }, { findLeftDesktops }, { stateFolder }] = await Promise.all([
    import('../runs/stop.js'),
    import('../runs/left-desktops.js'),
    import('../providers/left-desktops.js'),
    import('../runs/state-folder.js'),
  ]);
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
  return { stopped, removed };
}

const HOW = {
  exited: 'stopped',
  killed: 'killed, since it did not stop in time',
  cleared: 'was dead already; what it left is removed',
};
