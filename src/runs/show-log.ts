/** `arpo-env logs`: the end of a log, and with `follow` what is added to it, as a person or a machine reads it. */
import { parseJson } from '../lib/json.js';
import type { Console } from '../ui/console.js';
import { readerGone } from '../ui/reader.js';
import { findLog } from './find-log.js';
import { followLines, readTail } from './log-file.js';
import type { RunSelector } from './select.js';
import type { StateFolder } from './state-folder.js';
import type { RunViews } from './views.js';

export interface ShowLogOptions {
  state: StateFolder;
  selector: RunSelector;
  views: { readonly [Kind in keyof RunViews]: Pick<RunViews[Kind], 'logLines'> };
  /** How many lines from the end. */
  lines: number;
  /** Go on with new ones until the signal aborts or nobody reads any more. */
  follow: boolean;
  console: Console;
  signal: AbortSignal;
}

/** Throws E_NO_LOG when there is none. */
export async function showLog(options: ShowLogOptions): Promise<void> {
  const { state, selector, views, console, signal } = options;
  const log = await findLog(state, selector);
  if (!log.runs) console.warn(`no ${log.kind} runs; this is the log of the last one, ${log.path}`);
  const format = await views[log.kind].logLines(console.resultStyle.level > 0);
  const show = (line: string) => {
    console.result(process.stdout.isTTY ? format(line) : line);
    // A line of the log is a document already; what a crash printed between them is not.
    if (console.json) console.document(parseJson(line) ?? { line });
  };
  const { lines, end } = await readTail(log.path, options.lines);
  lines.forEach(show);
  if (options.follow) {
    const over = AbortSignal.any([signal, readerGone(process.stdout)]);
    for await (const line of followLines(log.path, end, over)) show(line);
  }
  signal.throwIfAborted();
}
