/** `arpo-env logs`: the log of what runs, or ran last, in the background. */
import { ArpoEnvError } from '../errors.js';
import { RUN_KIND_NAMES } from '../runs/kinds.js';
import { defineCommand } from './command.js';
import { argument, option } from './option.js';

export default defineCommand({
  description: 'The log of what runs, or ran last, in the background.',
  arguments: [
    argument(
      '[which...]',
      `${RUN_KIND_NAMES.join(', ')}, and of several its pid, port, URL or host; default: server`,
    ),
  ],
  options: [
    option('-f, --follow', 'print new lines until Ctrl-C'),
    option('-n, --lines <n>', 'how many lines from the end', { default: '100' }),
  ],
  examples: ['arpo-env logs', 'arpo-env logs -f', 'arpo-env logs tunnel -n 20', 'arpo-env logs server 18083'],
  async run({ console, signal, loadConfig }, flags, which) {
    const [{ showLog }, { parseSelector }, { stateFolder }, { runViews }] = await Promise.all([
      import('../runs/show-log.js'),
      import('../runs/select.js'),
      import('../runs/state-folder.js'),
      import('./run-views.js'),
    ]);
    const lines = Number(flags.lines);
    if (!Number.isInteger(lines) || lines < 0) throw wrongCount(flags.lines);
    const { follow = false } = flags;
    const selector = parseSelector(which);
    const state = stateFolder(process.env);
    await showLog({ state, selector, views: runViews(loadConfig), lines, follow, console, signal });
  },
});

function wrongCount(lines: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_USAGE',
    message: `--lines ${lines}: not a number of lines`,
    fix: 'arpo-env logs --lines 100',
  });
}
