/** Regular expressions that a task gives: searched with Python's `re` semantics, and never for longer than a time limit. */
import vm from 'node:vm';
import { PatternError, PythonError } from './errors.js';
import { translateRegex } from './regex-syntax.js';
import { typeName } from './values.js';

/** Backtracking is unbounded in both engines; a pattern that explodes must not stop the whole server. */
const TIME_LIMIT_MS = 1_000;

export class PythonRegex {
  readonly #pattern: string;
  readonly #compiled: RegExp;

  /** `re.compile(pattern, flags)`; flags are letters `i`, `m`, `s` and `u`, as in `(?im)`. Throws PatternError. */
  constructor(pattern: unknown, flags = '') {
    if (typeof pattern !== 'string') {
      throw new PythonError(
        'TypeError',
        `first argument must be string or compiled pattern, not ${typeName(pattern)}`,
      );
    }
    this.#pattern = pattern;
    const { source, ignoreCase } = translateRegex(pattern, flags);
    try {
      this.#compiled = new RegExp(source, ignoreCase ? 'iv' : 'v');
    } catch (cause) {
      throw new PatternError(`cannot compile /${pattern}/`, { cause });
    }
  }

  /** Whether `re.search` finds the pattern in `content`. */
  search(content: unknown): boolean {
    if (typeof content === 'string') return this.searchEach([content]).includes(true);
    throw new PythonError('TypeError', `expected string or bytes-like object, got '${typeName(content)}'`);
  }

  /** `search` in each of `contents`, within one time limit. */
  searchEach(contents: readonly string[]): boolean[] {
    const run = (): boolean[] => contents.map((content) => this.#compiled.test(content));
    try {
      return vm.runInNewContext('run()', { run }, { timeout: TIME_LIMIT_MS });
    } catch (cause) {
      throw new PatternError(
        `the pattern /${this.#pattern}/ did not finish within ${TIME_LIMIT_MS / 1000} s`,
        {
          cause,
        },
      );
    }
  }
}
