/** The steps as a person sees them: a live list with the running command's last line; plain lines without a terminal. */
import { Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import { deferred } from '../lib/wait.js';
import type { Console } from '../ui/console.js';
import type { Progress } from './command.js';
import type { SetupEvent } from './setup.js';
import type { Step } from './step.js';

export interface StepView extends AsyncDisposable {
  onEvent(event: SetupEvent): void;
}

/** Disposing ends the view; what was not reached by then is shown as not reached. */
export function openStepView(steps: readonly Step[], console: Console): StepView {
  return console.interactive && !console.json ? liveList(steps) : plainLines(steps, console);
}

/** Without a terminal, so often that one sees it move, so rarely that a log of CI can be read. */
const PERCENT_PER_LINE = 10;

function plainLines(steps: readonly Step[], console: Console): StepView {
  const title = (id: string) => steps.find((step) => step.id === id)?.title ?? id;
  let shown = 0;
  return {
    onEvent(event) {
      switch (event.state) {
        case 'running':
          shown = 0;
          return console.info(`… ${title(event.step)}`);
        case 'progress': {
          const percent = percentOf(event.progress);
          if (percent === null || percent < shown + PERCENT_PER_LINE) return;
          shown = percent - (percent % PERCENT_PER_LINE);
          return console.info(`  ${progressText(event.progress)}`);
        }
        case 'changed':
          return console.success(`${title(event.step)}: ${event.note}`);
        case 'failed':
          return console.info(`✗ ${title(event.step)}`);
        case 'line':
          // What keeps it waiting is worth a line; the rest is in the log.
          if (event.text.startsWith('waiting for ')) console.info(`  ${event.text}`);
          return;
        case 'unchanged':
        case 'not-applicable':
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function percentOf({ fraction }: Progress): number | null {
  return fraction === null ? null : Math.floor(fraction * 100);
}

function progressText(progress: Progress): string {
  const percent = percentOf(progress);
  return percent === null ? progress.text : `${percent} %, ${progress.text}`;
}

type Wrapper = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output'>;

interface Row {
  step: Step;
  /** What the list shows of it; null until its turn comes. */
  wrapper: Wrapper | null;
  ended: Promise<string>;
  succeed(note: string): void;
  fail(note: string): void;
}

function liveList(steps: readonly Step[]): StepView {
  const rows = steps.map(openRow);
  const stderr = new ProcessOutput(process.stderr, process.stderr);
  const tasks = rows.map((row) => ({
    title: row.step.title,
    task: async (_context: unknown, wrapper: Wrapper) => {
      row.wrapper = wrapper;
      wrapper.title = `${row.step.title}: ${await row.ended}`;
    },
  }));
  const list = new Listr(tasks, {
    // Ctrl-C is the command's own to handle.
    registerSignalListeners: false,
    renderer: 'default',
    rendererOptions: { collapseErrors: true, logger: new ListrLogger({ processOutput: stderr }) },
  });
  // The failure is the engine's to throw; here it only ends the list.
  const running = list.run().catch(() => {});
  return {
    onEvent(event) {
      const row = rows.find(({ step }) => step.id === event.step);
      if (row === undefined) return;
      switch (event.state) {
        case 'line':
          if (row.wrapper !== null) row.wrapper.output = event.text;
          return;
        case 'progress':
          if (row.wrapper !== null) row.wrapper.output = progressText(event.progress);
          return;
        case 'failed':
          return row.fail(event.note);
        case 'changed':
        case 'unchanged':
        case 'not-applicable':
          return row.succeed(event.note);
        case 'running':
      }
    },
    async [Symbol.asyncDispose]() {
      for (const row of rows) row.fail('not reached');
      await running;
    },
  };
}

function openRow(step: Step): Row {
  const { promise: ended, resolve: succeed, reject } = deferred<string>();
  // A step that is never reached has nobody who waits for it.
  ended.catch(() => {});
  return { step, wrapper: null, ended, succeed, fail: (note) => reject(new Error(note)) };
}
