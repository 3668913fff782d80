/** Questions to the person at the terminal; they go to stderr, so that stdout stays for results. */
import { createInterface } from 'node:readline/promises';
import { ArpoEnvError } from '../errors.js';

export interface Prompt extends Disposable {
  /** Resolves to the line that was typed. Rejects when `signal` aborts, and with E_USAGE when the input ends. */
  ask(question: string): Promise<string>;
}

export interface PromptOptions {
  signal: AbortSignal;
  input?: NodeJS.ReadableStream;
  output?: NodeJS.WritableStream;
}

/** Reads from the terminal until it is disposed. */
export function openPrompt({
  signal,
  input = process.stdin,
  output = process.stderr,
}: PromptOptions): Prompt {
  const lines = createInterface({ input, output });
  // readline takes Ctrl-C from the terminal driver; hand it to the command's own handler, which aborts `signal`.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return {
    async ask(question) {
      const end = new AbortController();
      const onClose = () => end.abort();
      lines.once('close', onClose);
      try {
        return await lines.question(question, { signal: AbortSignal.any([signal, end.signal]) });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw new ArpoEnvError(
          {
            code: 'E_USAGE',
            message: 'the input ended before every question was answered',
            fix: 'answer with flags instead; see --help',
          },
          { cause: error },
        );
      } finally {
        lines.off('close', onClose);
      }
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
