/** How a person sees it: results on stdout, everything else on stderr; with `--json` only documents on stdout. */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Problem } from '../errors.js';
import { harmless, harmlessJson, setIn } from './harmless.js';
import { LiveLine } from './live-line.js';

type Output = NodeJS.WriteStream | (NodeJS.WritableStream & { isTTY?: boolean; columns?: number });

export interface ConsoleOptions {
  /** One JSON document per result on stdout, nothing else there. */
  json: boolean;
  /** False with `--no-color`; NO_COLOR, TERM=dumb and a missing TTY turn colour off as well. */
  color: boolean;
  stdout?: Output;
  stderr?: Output;
}

/** One thing that takes longer than a second: a spinner on a TTY, plain lines elsewhere. */
export interface Progress {
  update(text: string): void;
  succeed(text?: string): void;
  /** Without a word: what follows, most often an error, speaks for itself. */
  stop(): void;
}

export class Console {
  readonly json: boolean;
  /** True when a person watches stderr: spinners and questions are allowed. */
  readonly interactive: boolean;
  /** Colours for stderr. */
  readonly style: ChalkInstance;
  /** Colours for stdout, which may go to a file while stderr is a terminal. */
  readonly resultStyle: ChalkInstance;
  readonly #stdout: Output;
  readonly #stderr: Output;
  #live: LiveLine | null = null;

  constructor(options: ConsoleOptions) {
    this.json = options.json;
    this.#stdout = options.stdout ?? process.stdout;
    this.#stderr = options.stderr ?? process.stderr;
    this.interactive = this.#stderr.isTTY === true && !process.env.CI;
    this.style = palette(options.color, this.#stderr);
    this.resultStyle = palette(options.color, this.#stdout);
  }

  /** Width of the terminal that shows results; undefined for a pipe or a file, in which nothing need be cut. */
  get columns(): number | undefined {
    return this.#stdout.isTTY ? this.#stdout.columns || undefined : undefined;
  }

  /** Somebody can answer a question: both ends are a terminal, and no machine reads the output. */
  get canAsk(): boolean {
    return this.interactive && process.stdin.isTTY === true && !this.json;
  }

  /** A result for a person, on stdout; silent with `--json`, where `document` speaks. */
  result(text: string): void {
    if (this.json) return;
    const shown = harmless(text);
    if (this.#live !== null && this.#stdout.isTTY) this.#live.above(shown);
    else this.#stdout.write(`${shown}\n`);
  }

  /** A result for a machine: one line of JSON on stdout, only with `--json`. */
  document(value: unknown): void {
    if (this.json) this.#stdout.write(`${harmlessJson(JSON.stringify(value))}\n`);
  }

  info(text: string): void {
    const shown = harmless(text);
    if (this.#live !== null) this.#live.above(shown);
    else this.#stderr.write(`${shown}\n`);
  }

  success(text: string): void {
    this.info(`${this.style.green('✓')} ${text}`);
  }

  warn(text: string): void {
    this.info(`${this.style.yellow('!')} ${text}`);
  }

  /** `✗ message` and `→ fix`; with `--json` the document `{"error": …}` on stdout instead. */
  error(problem: Problem): void {
    if (this.json) {
      this.document({ error: { code: problem.code, message: problem.message, fix: problem.fix } });
      return;
    }
    this.info(
      `${this.style.red('✗')} ${setIn(problem.message)}\n${this.style.cyan('→')} ${setIn(problem.fix)}`,
    );
  }

  /** A line on stderr that is rewritten in place, with everything else above it; null where no person watches. */
  liveLine(): LiveLine | null {
    if (!this.interactive || this.json) return null;
    const live = new LiveLine(this.#stderr, () => {
      this.#live = null;
    });
    this.#live = live;
    return live;
  }

  async progress(text: string): Promise<Progress> {
    // A terminal of unknown size says 0 columns (script, docker exec -t): there ora counts rows without end.
    if (!this.interactive || this.#stderr.columns === 0) return new LineProgress(this, text);
    const { default: ora } = await import('ora');
    // discardStdin would swallow Ctrl-C in raw mode before our own handler sees it.
    const spinner = ora({
      text: harmless(text),
      stream: this.#stderr as NodeJS.WriteStream,
      discardStdin: false,
    }).start();
    return {
      update(next) {
        spinner.text = harmless(next);
      },
      succeed(last) {
        spinner.succeed(last === undefined ? undefined : harmless(last));
      },
      stop() {
        spinner.stop();
      },
    };
  }
}

class LineProgress implements Progress {
  readonly #say: Console;
  #text: string;

  constructor(say: Console, text: string) {
    this.#say = say;
    this.#text = text;
    say.info(`… ${text}`);
  }

  update(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#say.info(`… ${text}`);
  }

  succeed(text = this.#text): void {
    this.#say.success(text);
  }

  stop(): void {}
}

function palette(wanted: boolean, output: Output): ChalkInstance {
  const { NO_COLOR, TERM } = process.env;
  const on = wanted && output.isTTY === true && !NO_COLOR && TERM !== 'dumb';
  return new Chalk({ level: on ? 1 : 0 });
}
