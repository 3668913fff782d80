/** What the calls of pyautogui and time do, as steps on a pointer and a keyboard (pyautogui 0.9.54 on X11). */
import type { MouseButton } from '../input.js';
import { keyOf } from './keys.js';
import { type Bound, bindArguments } from './parameters.js';
import { PythonError } from './python-error.js';
import type { Call } from './statements.js';

export type InputStep =
  /** null keeps the pointer where it is on that axis; the way takes `seconds`. */
  | { type: 'move'; x: number | null; y: number | null; seconds: number }
  /** `stays`: it is down until somebody lets it go, whatever becomes of this program. */
  | { type: 'button'; button: MouseButton; down: boolean; stays?: boolean }
  /** Wheel clicks: positive is up, and right. */
  | { type: 'scroll'; vertical: number; horizontal: number }
  | { type: 'key'; key: string; down: boolean; stays?: boolean }
  | { type: 'sleep'; seconds: number };

type Translate = (args: Bound, line: number) => InputStep[];

interface CallDefinition {
  /** Names in order; `?` may be left out, `*` takes all positional arguments. */
  parameters: readonly string[];
  steps: Translate;
}

/** Of one call: beyond this it is a mistake. */
const MAX_STEPS = 100_000;

const pointing = ['x?', 'y?'];
/** What every function takes and what changes nothing that is seen: pictures for a log are not among it. */
const common = ['logScreenshot?', '_pause?'];
const moved = ['duration?', 'tween?', ...common];

const click =
  (button: MouseButton, clicks: number): Translate =>
  (args, line) => [
    ...moveTo(args),
    ...repeat(
      args.integer('clicks', clicks),
      [...clickOnce(args.button('button', button)), ...sleep(args.seconds('interval'))],
      line,
    ),
  ];
const clicking: Record<string, CallDefinition> = {
  click: { parameters: [...pointing, 'clicks?', 'interval?', 'button?', ...moved], steps: click('left', 1) },
  leftClick: { parameters: [...pointing, 'interval?', ...moved], steps: click('left', 1) },
  rightClick: { parameters: [...pointing, 'interval?', ...moved], steps: click('right', 1) },
  middleClick: { parameters: [...pointing, 'interval?', ...moved], steps: click('middle', 1) },
  doubleClick: { parameters: [...pointing, 'interval?', 'button?', ...moved], steps: click('left', 2) },
  tripleClick: { parameters: [...pointing, 'interval?', 'button?', ...moved], steps: click('left', 3) },
};

const scrolling = ['clicks', ...pointing, ...common];
const moving: Record<string, CallDefinition> = {
  moveTo: { parameters: [...pointing, ...moved], steps: moveTo },
  dragTo: {
    parameters: [...pointing, 'duration?', 'tween?', 'button?', ...common, 'mouseDownUp?'],
    steps: drag,
  },
  mouseDown: { parameters: [...pointing, 'button?', ...moved], steps: holdButton(true) },
  mouseUp: { parameters: [...pointing, 'button?', ...moved], steps: holdButton(false) },
  scroll: { parameters: scrolling, steps: scroll('vertical') },
  vscroll: { parameters: scrolling, steps: scroll('vertical') },
  hscroll: { parameters: scrolling, steps: scroll('horizontal') },
};

const writing: CallDefinition = { parameters: ['message', 'interval?', ...common], steps: write };
const combining: CallDefinition = { parameters: ['*', 'interval?', ...common], steps: hotkey };
const typing: Record<string, CallDefinition> = {
  write: writing,
  typewrite: writing,
  press: { parameters: ['keys', 'presses?', 'interval?', ...common], steps: press },
  keyDown: { parameters: ['key', ...common], steps: holdKey(true) },
  keyUp: { parameters: ['key', ...common], steps: holdKey(false) },
  hotkey: combining,
  shortcut: combining,
};

const pausing: Translate = (args) => sleep(args.seconds('seconds'));

const MODULES: Readonly<Record<string, Readonly<Record<string, CallDefinition>>>> = {
  pyautogui: {
    ...clicking,
    ...moving,
    ...typing,
    sleep: { parameters: ['seconds'], steps: pausing },
  },
  // Written in C, it takes no name for its argument.
  time: {
    sleep: {
      parameters: ['seconds'],
      steps: (args, line) => {
        if (args.call.keywords.size === 0) return pausing(args, line);
        throw new PythonError('TypeError', 'time.sleep() takes no keyword arguments', line);
      },
    },
  },
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
  const args = bindArguments(call, definition.parameters);
  if (args.has('tween') || args.flag('logScreenshot', false)) {
    throw new PythonError('NotImplementedError', 'tweens and screenshots are for Python', call.line);
  }
  const steps = definition.steps(args, call.line);
  if (steps.length > MAX_STEPS) throw tooMany(call.line);
  return steps;
}

/** pyautogui takes the time it was given on the way to where the pointer already is, too. */
function moveTo(args: Bound): InputStep[] {
  return way(args, args.seconds('duration'));
}

function way(args: Bound, seconds: number): InputStep[] {
  const { x, y } = args.point();
  return x === null && y === null && seconds === 0 ? [] : [{ type: 'move', x, y, seconds }];
}

function drag(args: Bound): InputStep[] {
  const button = args.button('button', 'left');
  const steps = moveTo(args);
  if (!args.flag('mouseDownUp', true)) return steps;
  const [down, up] = clickOnce(button);
  return [down, ...steps, up];
}

function clickOnce(button: MouseButton): [InputStep, InputStep] {
  return [
    { type: 'button', button, down: true },
    { type: 'button', button, down: false },
  ];
}

/** The way there takes no time, whatever was asked for. */
function holdButton(down: boolean): Translate {
  return (args) => [
    ...way(args, 0),
    { type: 'button', button: args.button('button', 'left'), down, ...(down ? { stays: true } : {}) },
  ];
}

/** Without a click nothing happens, not even on the way there. */
function scroll(axis: 'vertical' | 'horizontal'): Translate {
  return (args) => {
    const there = way(args, 0);
    const clicks = args.wholePart('clicks');
    const step: InputStep = { type: 'scroll', vertical: 0, horizontal: 0, [axis]: clicks };
    return clicks === 0 ? [] : [...there, step];
  };
}

/** `write` types the characters of a text, or the keys of a list. */
function write(args: Bound): InputStep[] {
  const pause = sleep(args.seconds('interval'));
  return args.texts('message').flatMap((text) => [...tap(text), ...pause]);
}

function press(args: Bound, line: number): InputStep[] {
  const keys = args.textOrTexts('keys').flatMap(tap);
  const pause = sleep(args.seconds('interval'));
  return repeat(args.integer('presses', 1), [...keys, ...pause], line);
}

function holdKey(down: boolean): Translate {
  return (args) => {
    const key = keyOf(args.text('key'));
    return key === null ? [] : [{ type: 'key', key, down, ...(down ? { stays: true } : {}) }];
  };
}

/** As pyautogui does, over a key that it does not know a combination goes on: the others are pressed. */
function hotkey(args: Bound): InputStep[] {
  const keys = args.rest().map(keyOf);
  const pause = sleep(args.seconds('interval'));
  const hold = (down: boolean) => (key: string | null) => [
    ...(key === null ? [] : [{ type: 'key' as const, key, down }]),
    ...pause,
  ];
  return [...keys.flatMap(hold(true)), ...keys.toReversed().flatMap(hold(false))];
}

function tap(name: string): InputStep[] {
  const key = keyOf(name);
  if (key === null) return [];
  return [
    { type: 'key', key, down: true },
    { type: 'key', key, down: false },
  ];
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
