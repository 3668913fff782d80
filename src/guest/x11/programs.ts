/** Programs of the desktop as the agent's routes start them. */
import type { GuestInput } from '../input.js';
import {
  type GuestClock,
  GuestError,
  type GuestPrograms,
  type RunOptions,
  type RunResult,
} from '../machine.js';
import type { Browser } from './browser/browser.js';
import { opensBrowser } from './browser/launcher.js';
import type { Held } from './input/held.js';
import type { Processes } from './processes.js';
import { codeOf, isPython, runCode } from './python.js';
import type { ScreenRest } from './rest.js';

export interface ProgramsParts {
  processes: Processes;
  input: GuestInput;
  held: Held;
  browser: Browser;
  atRest: ScreenRest;
  clock: GuestClock;
  /** Ends everything. */
  lifetime: AbortSignal;
  log(line: string): void;
}

const ASK_SECONDS = 10;
/** A browser's page is painted before the rest of it is. */
const PAINTED = { quietMs: 200, limitMs: 3000 };

export class X11Programs implements GuestPrograms {
  readonly #parts: ProgramsParts;

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
  }

  run(argv: readonly string[], options: RunOptions): Promise<RunResult> {
    const { processes, input, held, clock, atRest } = this.#parts;
    atRest.begin();
    const run = (...real: [argv: readonly string[], options: RunOptions]) => processes.run(...real);
    // A Python that is killed in the middle lets nothing go.
    if (!isPython(argv)) return run(argv, options);
    const python: typeof run = (...real) => held.guard(() => run(...real));
    const code = codeOf(argv);
    return code === null
      ? python(argv, options)
      : runCode(argv, code, { input, clock, run: python }, options);
  }

  /**
   * Its failure later is nobody's answer any more: it goes to the log. The browser is on the screen when this resolves: tasks
   * launch it as their last step, and OSWorld waits for seconds before it acts, where an env server begins at once.
   */
  async launch(argv: readonly string[]): Promise<void> {
    const { processes, browser, atRest, lifetime, log } = this.#parts;
    const program = await processes.start(argv, { isExpendable: true });
    void program.ended.then((how) => {
      if (how !== 'with exit code 0' && !lifetime.aborted)
        log(`${argv[0]} ended ${how}: ${program.lastLines()}`);
    });
    if (opensBrowser(argv) && (await browser.opened(program.ended)))
      await atRest.wait({ ...PAINTED, signal: lifetime });
  }

  async open(path: string): Promise<void> {
    const { processes, lifetime } = this.#parts;
    const asked = await processes.run(['env', 'ARPO_ENV_ASK=1', 'xdg-open', path], {
      timeoutSeconds: ASK_SECONDS,
      signal: lifetime,
    });
    if (asked.returncode !== 0) throw new GuestError(asked.stderr.toString().trim());
    await this.launch(['xdg-open', path]);
  }

  async has(command: string): Promise<boolean> {
    return (await this.#parts.processes.find(command)) !== null;
  }
}
