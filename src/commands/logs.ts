/** `arpo-env logs`: the log of what runs, or ran last, in the background. */
import { Argument } from 'commander';
import { ArpoEnvError } from '../errors.js';
import type { RunKind } from '../runs/registry.js';
import { defineCommand } from './command.js';

interface LogsFlags {
  follow?: boolean;
  lines: string;
}

export default defineCommand<LogsFlags>({
  configure(command) {
    command
      .description('The log of the env server or tunnel that runs, or ran last, in the background.')
      .addArgument(new Argument('[what]', 'whose log').choices(['server', 'tunnel']).default('server'))
      .option('-f, --follow', 'go on with new lines until Ctrl-C')
      .option('-n, --lines <n>', 'how many lines from the end', '100');
  },
  examples: ['arpo-env logs', 'arpo-env logs -f', 'arpo-env logs tunnel -n 20'],
  async run({ console, signal }, flags, what) {
    const [{ findLog }, { followLines, readTail }, { stateFolder }, { logLineFormatter }] = await Promise.all(
      [
        import('../runs/find-log.js'),
        import('../runs/log-file.js'),
        import('../runs/state-folder.js'),
        import('../ui/logger.js'),
      ],
    );
    const count = Number(flags.lines);
    if (!Number.isInteger(count) || count < 0) throw wrongCount(flags.lines);
    const log = await findLog(stateFolder(process.env), (what ?? 'server') as RunKind);
    if (!log.runs) console.warn(`no ${what} runs; this is the log of the last one, ${log.path}`);
    const format =
      what === 'tunnel'
        ? (await import('../tunnel/status/event-line.js')).logLine
        : await logLineFormatter(console.resultStyle.level > 0);
    const show = (line: string) => {
      console.result(process.stdout.isTTY ? format(line) : line);
      if (console.json) console.document(asDocument(line));
    };
    const { lines, end } = await readTail(log.path, count);
    lines.forEach(show);
    if (flags.follow) {
      const over = AbortSignal.any([signal, readerGone(process.stdout)]);
      for await (const line of followLines(log.path, end, over)) show(line);
    }
    signal.throwIfAborted();
  },
});

/** `logs -f | head` ends the reader first; then nobody is left to follow for. */
function readerGone(stdout: NodeJS.WritableStream): AbortSignal {
  const gone = new AbortController();
  stdout.once('error', () => gone.abort());
  return gone.signal;
}

/** A line of the log is a document already; what a crash printed between them is not. */
function asDocument(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { line };
  }
}

function wrongCount(lines: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_USAGE',
    message: `--lines ${lines}: not a number of lines`,
    fix: 'arpo-env logs --lines 100',
  });
}
