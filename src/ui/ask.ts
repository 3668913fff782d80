/** One question at the terminal, answered aloud or, for secrets, without an echo. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

export interface AskOptions {
  text: string;
  /** False for a secret: what is typed is not shown. */
  echo: boolean;
  input?: NodeJS.ReadableStream;
  output?: NodeJS.WritableStream;
}

/** The line that was typed; null when the input ends (Ctrl-D). Rejects with the signal's reason when it aborts. */
export function askAtTerminal(
  { text, echo, input = process.stdin, output = process.stderr }: AskOptions,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    // readline in its terminal mode reads keys one by one; where it may not write, nobody sees them.
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input, output: echo ? output : silent, terminal: true, historySize: 0 });
    output.write(echo ? '' : text);
    lines.setPrompt(echo ? text : '');
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', onAbort);
      lines.off('close', onClose);
      lines.close();
      if (!echo) output.write('\n');
      settle();
    };
    const onAbort = () => end(() => reject(signal.reason));
    const onClose = () => end(() => resolve(null));
    signal.addEventListener('abort', onAbort, { once: true });
    lines.once('line', (line) => end(() => resolve(line)));
    lines.once('close', onClose);
    // readline takes Ctrl-C from the terminal driver; hand it to the command's own handler, which aborts `signal`.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    lines.prompt();
  });
}
