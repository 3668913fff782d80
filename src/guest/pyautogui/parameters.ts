/**
 * Python's argument binding for functions whose arguments are constants, as far as it is certain what pyautogui makes of
 * them: everything else is an error here, and for the real Python to judge.
 */
import type { MouseButton } from '../input.js';
import { PythonError } from './python-error.js';
import { type Call, type Constant, Float } from './statements.js';

const BUTTONS = new Map<string, MouseButton>([
  ['left', 'left'],
  ['primary', 'left'],
  ['middle', 'middle'],
  ['right', 'right'],
  ['secondary', 'right'],
]);
/** An X request has 16 bits for each of them. */
const FARTHEST = 0x7fff;
/** Of positional arguments: all of them. */
const VARIADIC = '*';

/** `parameters`: names in order; `?` may be left out, `*` takes all positional arguments. Throws PythonError. */
export function bindArguments(call: Call, parameters: readonly string[]): Bound {
  const variadic = parameters[0] === VARIADIC;
  const names = parameters.filter((name) => name !== VARIADIC).map((name) => name.replace('?', ''));
  const values = new Map<string, Constant>();
  if (!variadic) {
    if (call.args.length > names.length) {
      throw typeError(call, `takes ${names.length} arguments but ${call.args.length} were given`);
    }
    names.forEach((name, index) => {
      const value = call.args[index];
      if (value !== undefined) values.set(name, value);
    });
  }
  for (const [name, value] of call.keywords) {
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

  has(name: string): boolean {
    return this.values.has(name);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.values.get(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw typeError(this.call, `argument '${name}' must be True or False`);
  }

  /** Seconds: Python's sleep refuses negative ones. */
  seconds(name: string): number {
    const value = this.#given(name, 0);
    const seconds = value instanceof Float ? value.value : value;
    if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) return seconds;
    throw typeError(this.call, `argument '${name}' must be a number of seconds`);
  }

  integer(name: string, fallback: number): number {
    const value = this.#given(name, fallback);
    if (typeof value === 'number') return value;
    throw typeError(this.call, `argument '${name}' must be an integer`);
  }

  /** A number of which pyautogui takes the whole part. */
  wholePart(name: string): number {
    const value = this.#wholePart(name, this.values.get(name) ?? null);
    if (value !== null) return value;
    throw typeError(this.call, `argument '${name}' must be a number`);
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
    if (!Array.isArray(first)) return { x: this.#wholePart('x', first), y: this.#wholePart('y', second) };
    const [x, y] = first;
    if (first.length === 2 && second === null && x !== null && y !== null) {
      return { x: this.#wholePart('x', x ?? null), y: this.#wholePart('y', y ?? null) };
    }
    throw typeError(this.call, "argument 'x' must be a number or a pair of numbers");
  }

  button(name: string, fallback: MouseButton): MouseButton {
    const value = this.#given(name, fallback);
    const button = typeof value === 'string' ? BUTTONS.get(value.toLowerCase()) : undefined;
    if (button) return button;
    throw new PythonError(
      'ValueError',
      `button must be left, middle or right, not ${JSON.stringify(value)}`,
      this.call.line,
    );
  }

  /** An argument that is None is not one that was left out. */
  #given(name: string, fallback: Constant): Constant {
    const value = this.values.get(name);
    return value === undefined ? fallback : value;
  }

  #wholePart(name: string, value: Constant): number | null {
    if (value === null) return null;
    const number = value instanceof Float ? value.value : value;
    // Python's int has no negative zero.
    if (typeof number === 'number' && Math.abs(number) <= FARTHEST) return Math.trunc(number) + 0;
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
