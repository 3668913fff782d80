/** Python's argument binding for functions whose parameters are constants, and the types pyautogui accepts. */
import type { MouseButton } from '../input.js';
import { PythonError } from './python-error.js';
import type { Call, Constant } from './statements.js';

const BUTTONS = new Map<Constant, MouseButton>([
  ['left', 'left'],
  ['primary', 'left'],
  [1, 'left'],
  ['middle', 'middle'],
  [2, 'middle'],
  ['right', 'right'],
  ['secondary', 'right'],
  [3, 'right'],
]);
/** Parameters of every pyautogui function that change nothing here. */
const WITHOUT_EFFECT = new Set(['_pause', 'logScreenshot']);

/** `parameters`: names in order; `?` may be left out, `*` takes all positional arguments. Throws PythonError. */
export function bindArguments(call: Call, parameters: readonly string[]): Bound {
  const variadic = parameters.some((name) => name.startsWith('*'));
  const names = parameters.filter((name) => !name.startsWith('*')).map((name) => name.replace('?', ''));
  const values = new Map<string, Constant>();
  if (!variadic) {
    if (call.args.length > names.length) {
      throw typeError(call, `takes ${names.length} arguments here but ${call.args.length} were given`);
    }
    names.forEach((name, index) => {
      const value = call.args[index];
      if (value !== undefined) values.set(name, value);
    });
  }
  for (const [name, value] of call.keywords) {
    if (WITHOUT_EFFECT.has(name)) continue;
    if (!names.includes(name)) throw typeError(call, `got an unexpected keyword argument '${name}'`);
    if (values.has(name)) throw typeError(call, `got multiple values for argument '${name}'`);
    values.set(name, value);
  }
  const missing = parameters.find((name) => !/[?*]/.test(name) && !values.has(name));
  if (missing) throw typeError(call, `missing 1 required positional argument: '${missing}'`);
  return new Bound(call, values, variadic ? call.args : []);
}

/** Arguments by name, checked when they are asked for. */
export class Bound {
  constructor(
    readonly call: Call,
    readonly values: ReadonlyMap<string, Constant>,
    readonly variadic: readonly Constant[],
  ) {}

  number(name: string, fallback: number): number {
    const value = this.values.get(name) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw typeError(this.call, `argument '${name}' must be a number`);
  }

  integer(name: string, fallback: number): number {
    return Math.trunc(this.number(name, fallback));
  }

  text(name: string): string {
    const value = this.values.get(name);
    if (typeof value === 'string') return value;
    throw typeError(this.call, `argument '${name}' must be a string`);
  }

  /** The characters of a string, or the strings of a list. */
  texts(name: string): string[] {
    const value = this.values.get(name);
    return typeof value === 'string' ? [...value] : this.#strings(value, name);
  }

  /** One string, or the strings of a list. */
  textOrTexts(name: string): string[] {
    const value = this.values.get(name);
    return typeof value === 'string' ? [value] : this.#strings(value, name);
  }

  /** All positional arguments, or the strings of a list that is the first of them. */
  rest(): string[] {
    const [first] = this.variadic;
    return this.#strings(Array.isArray(first) ? first : this.variadic, 'key');
  }

  /** `x` and `y`, or a pair as `x`; floats are cut to whole pixels, as pyautogui does. */
  point(): { x: number | null; y: number | null } {
    const first = this.values.get('x') ?? null;
    const second = this.values.get('y') ?? null;
    const [x, y] = Array.isArray(first) && first.length === 2 && second === null ? first : [first, second];
    return { x: this.#coordinate('x', x ?? null), y: this.#coordinate('y', y ?? null) };
  }

  button(name: string, fallback: string): MouseButton {
    const value = this.values.get(name) ?? fallback;
    const button = BUTTONS.get(typeof value === 'string' ? value.toLowerCase() : value);
    if (button) return button;
    throw new PythonError(
      'ValueError',
      `button must be left, middle or right, not ${JSON.stringify(value)}`,
      this.call.line,
    );
  }

  #coordinate(name: string, value: Constant): number | null {
    if (value === null) return null;
    // Python's int has no negative zero.
    if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value) + 0;
    throw typeError(this.call, `argument '${name}' must be a number`);
  }

  #strings(value: Constant | readonly Constant[] | undefined, name: string): string[] {
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw typeError(this.call, `argument '${name}' must be a string or a list of strings`);
  }
}

function typeError(call: Call, what: string): PythonError {
  return new PythonError('TypeError', `${call.name}() ${what}`, call.line);
}
