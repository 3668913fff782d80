/** What the calls of pyautogui and time do, as steps on a pointer and a keyboard (pyautogui 0.9.54 on X11). */
import type { MouseButton } from '../input.js';
import { keyOf } from './keys.js';
import { type Bound, bindArguments } from './parameters.js';
import { PythonError } from './python-error.js';
import type { Call } from './statements.js';

export type InputStep =
  /** null keeps the pointer where it is on that axis; the way takes `seconds`. */
  | { type: 'move'; x: number | null; y: number | null; seconds: number }
  | { type: 'button'; button: MouseButton; down: boolean }
  /** Wheel clicks: positive is up, and right. */
  | { type: 'scroll'; vertical: number; horizontal: number }
  | { type: 'key'; key: string; down: boolean }
  | { type: 'sleep'; seconds: number };

type Translate = (args: Bound, line: number) => InputStep[];

interface CallDefinition {
  /** Names in order; `?` may be left out, `*` takes all positional arguments. */
  parameters: readonly string[];
  steps: Translate;
}

/** Of one call: beyond this it is a mistake. */
const MAX_STEPS = 100_000;

const click =
  (button: string, clicks: number): Translate =>
  (args, line) => [
    ...moveTo(args),
    ...repeat(
      args.integer('clicks', clicks),
      [...clickOnce(args.button('button', button)), ...sleep(args.number('interval', 0))],
      line,
    ),
  ];
const pointing = ['x?', 'y?'];
const clicking: Record<string, CallDefinition> = {
  click: {
    parameters: [...pointing, 'clicks?', 'interval?', 'button?', 'duration?'],
    steps: click('left', 1),
  },
  leftClick: { parameters: [...pointing, 'interval?', 'duration?'], steps: click('left', 1) },
  rightClick: { parameters: [...pointing, 'interval?', 'duration?'], steps: click('right', 1) },
  middleClick: { parameters: [...pointing, 'interval?', 'duration?'], steps: click('middle', 1) },
  doubleClick: { parameters: [...pointing, 'interval?', 'button?', 'duration?'], steps: click('left', 2) },
  tripleClick: { parameters: [...pointing, 'interval?', 'button?', 'duration?'], steps: click('left', 3) },
};

const moving: Record<string, CallDefinition> = {
  moveTo: { parameters: [...pointing, 'duration?'], steps: moveTo },
  dragTo: {
    parameters: [...pointing, 'duration?', 'tween?', 'button?'],
    steps: (args) => {
      const button = args.button('button', 'left');
      return [
        { type: 'button', button, down: true },
        ...moveTo(args),
        { type: 'button', button, down: false },
      ];
    },
  },
  mouseDown: { parameters: [...pointing, 'button?', 'duration?'], steps: holdButton(true) },
  mouseUp: { parameters: [...pointing, 'button?', 'duration?'], steps: holdButton(false) },
  scroll: { parameters: ['clicks', ...pointing], steps: scroll('vertical') },
  vscroll: { parameters: ['clicks', ...pointing], steps: scroll('vertical') },
  hscroll: { parameters: ['clicks', ...pointing], steps: scroll('horizontal') },
};

const typing: Record<string, CallDefinition> = {
  write: { parameters: ['message', 'interval?'], steps: write },
  typewrite: { parameters: ['message', 'interval?'], steps: write },
  press: { parameters: ['keys', 'presses?', 'interval?'], steps: press },
  keyDown: {
    parameters: ['key'],
    steps: (args, line) => [{ type: 'key', key: key(args.text('key'), line), down: true }],
  },
  keyUp: {
    parameters: ['key'],
    steps: (args, line) => [{ type: 'key', key: key(args.text('key'), line), down: false }],
  },
  hotkey: { parameters: ['*keys', 'interval?'], steps: hotkey },
};

const sleeping: CallDefinition = {
  parameters: ['seconds'],
  steps: (args) => sleep(args.number('seconds', 0)),
};

const MODULES: Readonly<Record<string, Readonly<Record<string, CallDefinition>>>> = {
  pyautogui: { ...clicking, ...moving, ...typing, sleep: sleeping },
  time: { sleep: sleeping },
};

/** Whether `import module` can be read. */
export function isModule(module: string): boolean {
  return Object.hasOwn(MODULES, module);
}

/** Throws PythonError for a function or an argument that pyautogui would not take, or that cannot be read here. */
export function stepsOf(call: Call): InputStep[] {
  const functions = MODULES[call.module] ?? {};
  const definition = Object.hasOwn(functions, call.name) ? functions[call.name] : undefined;
  if (!definition) {
    const known = Object.keys(functions).join(', ');
    throw new PythonError(
      'NotImplementedError',
      `${call.module}.${call.name} cannot be read here; ${known} can`,
      call.line,
    );
  }
  const steps = definition.steps(bindArguments(call, definition.parameters), call.line);
  if (steps.length > MAX_STEPS) throw tooMany(call.line);
  return steps;
}

function moveTo(args: Bound): InputStep[] {
  const { x, y } = args.point();
  return x === null && y === null ? [] : [{ type: 'move', x, y, seconds: args.number('duration', 0) }];
}

function clickOnce(button: MouseButton): InputStep[] {
  return [
    { type: 'button', button, down: true },
    { type: 'button', button, down: false },
  ];
}

function holdButton(down: boolean): Translate {
  return (args) => [...moveTo(args), { type: 'button', button: args.button('button', 'left'), down }];
}

function scroll(axis: 'vertical' | 'horizontal'): Translate {
  return (args) => {
    const clicks = args.integer('clicks', 0);
    const step: InputStep = { type: 'scroll', vertical: 0, horizontal: 0, [axis]: clicks };
    return [...moveTo(args), step];
  };
}

/** `write` types the characters of a text, or the keys of a list. */
function write(args: Bound, line: number): InputStep[] {
  const interval = args.number('interval', 0);
  return args.texts('message').flatMap((text) => [...tap(key(text, line)), ...sleep(interval)]);
}

function press(args: Bound, line: number): InputStep[] {
  const keys = args.textOrTexts('keys').map((name) => key(name, line));
  const interval = args.number('interval', 0);
  return repeat(args.integer('presses', 1), [...keys.flatMap(tap), ...sleep(interval)], line);
}

function hotkey(args: Bound, line: number): InputStep[] {
  const keys = args.rest().map((name) => key(name, line));
  const interval = args.number('interval', 0);
  const hold = (down: boolean) => (name: string) => [
    { type: 'key' as const, key: name, down },
    ...sleep(interval),
  ];
  return [...keys.flatMap(hold(true)), ...keys.toReversed().flatMap(hold(false))];
}

function tap(name: string): InputStep[] {
  return [
    { type: 'key', key: name, down: true },
    { type: 'key', key: name, down: false },
  ];
}

/** pyautogui ignores a key that it does not know; here that is an error, so that nobody takes it for done. */
function key(name: string, line: number): string {
  const known = keyOf(name);
  if (known === null) throw new PythonError('ValueError', `'${name}' is not a key of pyautogui`, line);
  return known;
}

function sleep(seconds: number): InputStep[] {
  return seconds > 0 ? [{ type: 'sleep', seconds }] : [];
}

/** Bounded before it is made: `presses=10**9` shall be an error and not a full memory. */
function repeat(count: number, steps: readonly InputStep[], line: number): InputStep[] {
  if (count * steps.length > MAX_STEPS) throw tooMany(line);
  return Array.from({ length: Math.max(0, count) }, () => steps).flat();
}

function tooMany(line: number): PythonError {
  return new PythonError('ValueError', `more than ${MAX_STEPS} steps in one call`, line);
}
