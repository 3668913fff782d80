import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PythonError } from '../../../src/guest/pyautogui/python-error.js';
import { readPyautogui } from '../../../src/guest/pyautogui/read.js';
import type { InputStep } from '../../../src/guest/pyautogui/steps.js';

const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';

interface GuestCode {
  kind: 'special' | 'calls' | 'no_effect' | 'syntax_error' | 'extra_statements';
  calls?: [name: string, args: unknown[], keywords: Record<string, unknown>][];
}

interface Vector {
  name: string;
  expect: { actions?: string[]; guest_code?: GuestCode[] };
}

const vectors = JSON.parse(
  readFileSync(new URL('../../fixtures/uitars-vectors.json', import.meta.url), 'utf8'),
) as Vector[];
const programs = vectors.flatMap(({ name, expect: { actions = [], guest_code: code = [] } }) =>
  code.map((expected, index) => ({
    name: `${name} ${index}`,
    source: PREFIX + (actions[index] ?? ''),
    expected,
  })),
);

function readError(source: string): PythonError {
  try {
    readPyautogui(source);
  } catch (error) {
    if (error instanceof PythonError) return error;
    throw error;
  }
  throw new Error(`it was read: ${source}`);
}

describe('the code that UI-TARS actions generate', () => {
  const ofKind = (...kinds: GuestCode['kind'][]) =>
    programs.filter(({ expected }) => kinds.includes(expected.kind));

  const refused = ({ expected }: { expected: GuestCode }) => hasBytes(expected) || isFar(expected);

  test.each(ofKind('calls', 'no_effect').filter((program) => !refused(program)))(
    '$name',
    ({ source, expected }) => {
      // The same calls, each alone and with its arguments written again, give the same steps.
      expect(readPyautogui(source)).toEqual(
        (expected.calls ?? []).flatMap((call) => readPyautogui(PREFIX + rewritten(call))),
      );
    },
  );

  test.each(ofKind('syntax_error'))('$name does not compile', ({ source }) => {
    expect(readError(source).kind).toBe('SyntaxError');
  });

  test.each(ofKind('extra_statements'))(
    '$name: code that escaped from its string is not run',
    ({ source }) => {
      expect(readError(source).kind).toBe('NotImplementedError');
    },
  );

  test.each(programs.filter(({ expected }) => isFar(expected)))(
    '$name points where no X request reaches',
    ({ source }) => {
      expect(readError(source).kind).toBe('TypeError');
    },
  );

  test.each(programs.filter(({ expected }) => hasBytes(expected)))(
    '$name has bytes for a text',
    ({ source }) => {
      expect(readError(source).kind).toBe('NotImplementedError');
    },
  );

  test('covers the vectors', () => {
    expect(ofKind('calls', 'no_effect', 'syntax_error', 'extra_statements').length).toBeGreaterThan(300);
  });
});

/** Coordinates of more than 16 bits are an error of python-xlib. */
function isFar({ calls = [] }: GuestCode): boolean {
  return calls.some(([, ...given]) => /\d{6,}/.test(JSON.stringify(given)));
}

/** The vectors write Python's bytes as `{"__bytes__": …}`. */
function hasBytes({ calls = [] }: GuestCode): boolean {
  return JSON.stringify(calls).includes('__bytes__');
}

function rewritten([name, args, keywords]: NonNullable<GuestCode['calls']>[number]): string {
  const named = Object.entries(keywords).map(([key, value]) => `${key}=${literal(value)}`);
  return `${name}(${[...args.map(literal), ...named].join(', ')})`;
}

function literal(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

describe('steps', () => {
  const move = (x: number | null, y: number | null, seconds = 0): InputStep => ({
    type: 'move',
    x,
    y,
    seconds,
  });
  const button = (down: boolean, name: 'left' | 'middle' | 'right' = 'left'): InputStep => ({
    type: 'button',
    button: name,
    down,
  });
  const pause = (seconds: number): InputStep => ({ type: 'sleep', seconds });
  const key = (name: string, down: boolean): InputStep => ({ type: 'key', key: name, down });
  const held = { stays: true };

  test.each<[string, InputStep[]]>([
    ['click(10.9, 20.1)', [move(10, 20), button(true), button(false)]],
    ['click(-1.5, 0)', [move(-1, 0), button(true), button(false)]],
    ['click()', [button(true), button(false)]],
    ['click((3, 4))', [move(3, 4), button(true), button(false)]],
    ['click(x=5)', [move(5, null), button(true), button(false)]],
    [
      "click(1, 2, 2, 0.5, 'right')",
      [move(1, 2), ...twice([button(true, 'right'), button(false, 'right'), pause(0.5)])],
    ],
    ['rightClick(1, 2)', [move(1, 2), button(true, 'right'), button(false, 'right')]],
    ['middleClick()', [button(true, 'middle'), button(false, 'middle')]],
    ['doubleClick()', twice([button(true), button(false)])],
    [
      "tripleClick(button='Secondary')",
      [
        ...twice([button(true, 'right'), button(false, 'right')]),
        button(true, 'right'),
        button(false, 'right'),
      ],
    ],
    ['moveTo(1, 2, 0.5)', [move(1, 2, 0.5)]],
    ['dragTo(5, 6, duration=1.0, button="left")', [button(true), move(5, 6, 1), button(false)]],
    ['moveTo(duration=2)', [move(null, null, 2)]],
    ['click(duration=2)', [move(null, null, 2), button(true), button(false)]],
    ['mouseDown(duration=2); pyautogui.mouseUp()', [{ ...button(true), ...held }, button(false)]],
    ['dragTo(5, 6, mouseDownUp=True)', [button(true), move(5, 6), button(false)]],
    ['dragTo(5, 6, 1, mouseDownUp=False, _pause=False)', [move(5, 6, 1)]],
    [
      'mouseDown(1, 2, duration=3); pyautogui.mouseUp(9, 9)',
      [move(1, 2), { ...button(true), ...held }, move(9, 9), button(false)],
    ],
    ['scroll(0, 7, 8)', []],
    ['scroll(2.9, (7, 8))', [move(7, 8), { type: 'scroll', vertical: 2, horizontal: 0 }]],
    ['scroll(-5, x=7, y=8)', [move(7, 8), { type: 'scroll', vertical: -5, horizontal: 0 }]],
    ['hscroll(3)', [{ type: 'scroll', vertical: 0, horizontal: 3 }]],
    [
      "write('aB', interval=0.1)",
      ['a', 'B'].flatMap((char) => [key(char, true), key(char, false), pause(0.1)]),
    ],
    ["typewrite(['a', 'Enter'])", [key('a', true), key('a', false), key('enter', true), key('enter', false)]],
    ["press('tab', presses=2)", twice([key('tab', true), key('tab', false)])],
    ["press(['up', 'down'])", [key('up', true), key('up', false), key('down', true), key('down', false)]],
    [
      "hotkey('ctrl', 'shift', 'S')",
      [
        key('ctrl', true),
        key('shift', true),
        key('S', true),
        key('S', false),
        key('shift', false),
        key('ctrl', false),
      ],
    ],
    ["hotkey(['ctrl', 'c'])", [key('ctrl', true), key('c', true), key('c', false), key('ctrl', false)]],
    ["keyDown('shift')", [{ ...key('shift', true), ...held }]],
    ["hotkey('fn', 'f1')", [key('f1', true), key('f1', false)]],
    ["press('no such key')", []],
    ["press(['volumeup', 'a', ''])", [key('a', true), key('a', false)]],
    ["keyDown('browserback')", []],
    ["write('a\\0\\x1b\\x7f\\ud800b')", ['a', 'b'].flatMap((char) => [key(char, true), key(char, false)])],
    ["keyUp('shift')", [key('shift', false)]],
    ['sleep(2)', [pause(2)]],
    ['PAUSE = 0.5', []],
    [
      'PAUSE = 0.5; pyautogui.click(); pyautogui.sleep(1)',
      [button(true), button(false), pause(0.5), pause(1)],
    ],
    ["PAUSE = 0.5; pyautogui.press('a', _pause=False)", [key('a', true), key('a', false)]],
  ])('pyautogui.%s', (code, steps) => {
    expect(readPyautogui(`${PREFIX}pyautogui.${code}`)).toEqual(steps);
  });

  test('a pause is between calls of pyautogui, and where the code sets PAUSE that is it', () => {
    const read = (code: string) => readPyautogui(`${PREFIX}${code}`, { pause: 0.1 });
    const click = [button(true), button(false)];
    expect(read('pyautogui.click()')).toEqual(click);
    expect(read('pyautogui.click(); pyautogui.click()')).toEqual([...click, pause(0.1), ...click]);
    expect(
      read('pyautogui.click(); time.sleep(1); pyautogui.click(_pause=False); pyautogui.click()'),
    ).toEqual([...click, pause(0.1), pause(1), ...click, ...click]);
    expect(read('pyautogui.PAUSE = 0; pyautogui.click(); pyautogui.click()')).toEqual([...click, ...click]);
    expect(read('pyautogui.click(); pyautogui.PAUSE = 2; pyautogui.click()')).toEqual([
      ...click,
      pause(0.1),
      ...click,
      pause(2),
    ]);
  });

  test('characters outside the BMP are one key', () => {
    expect(
      readPyautogui(`${PREFIX}pyautogui.write('a\u{1f600}')`).map((step) => 'key' in step && step.key),
    ).toEqual(['a', 'a', '\u{1f600}', '\u{1f600}']);
  });

  test('statements over several lines, comments, blank lines, continued lines', () => {
    const code =
      "import pyautogui, time # both\n\n  # a comment\npyautogui.click(\n  1, # x\n  2,\n)\npyautogui.\\\nclick(3,\r\n4);time.sleep(+1_0.5e0)\n'text'\n";
    expect(readPyautogui(code)).toEqual([
      move(1, 2),
      button(true),
      button(false),
      move(3, 4),
      button(true),
      button(false),
      pause(10.5),
    ]);
  });
});

describe('errors', () => {
  test.each([
    ['import os', 'NotImplementedError', 1],
    ['import pyautogui\nimport pyautogui.tweens', 'NotImplementedError', 2],
    ['from time import sleep', 'NotImplementedError', 1],
    ['pyautogui.click(1, 2)', 'NameError', 1],
    ['import pyautogui\ntime.sleep(1)', 'NameError', 2],
    [`${PREFIX}pyautogui.click(x)`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.click(1 + 2)`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.screenshot()`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.click.__init__()`, 'NotImplementedError', 1],
    [`${PREFIX}__import__('os').system('id')`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.toString()`, 'NotImplementedError', 1],
    [`${PREFIX}constructor.sleep(1)`, 'NotImplementedError', 1],
    [`${PREFIX}print('hi')`, 'NotImplementedError', 1],
    [`${PREFIX}x = 1`, 'NotImplementedError', 1],
    [`${PREFIX}if True: pass`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.write(b'x')`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.write(f'x')`, 'NotImplementedError', 1],
    [`${PREFIX}\n pyautogui.click()`, 'IndentationError', 2],
    [`${PREFIX}pyautogui.click(1, 2`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click(1, 2]`, 'SyntaxError', 1],
    [`${PREFIX}\n\npyautogui.write('a\nb')`, 'SyntaxError', 3],
    [`${PREFIX}pyautogui.write('''a`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click(x=1, 2)`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click(x=1, x=2)`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click(012)`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click(1abc)`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click(“1”)`, 'SyntaxError', 1],
    [`${PREFIX}pyautogui.click('1', 2)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click(1, 2, foo=3)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click(1, x=3)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.scroll()`, 'TypeError', 1],
    [`${PREFIX}pyautogui.keyDown(1)`, 'TypeError', 1],
    [`${PREFIX}time.sleep('1')`, 'TypeError', 1],
    [`${PREFIX}time.sleep(1, 2)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click(button='thumb')`, 'ValueError', 1],
    [`${PREFIX}pyautogui.click(button=1)`, 'ValueError', 1],
    [`${PREFIX}pyautogui.click(clicks=2.0)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click(interval=None)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click(interval=-1)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click((1, None))`, 'TypeError', 1],
    [`${PREFIX}pyautogui.click(1, 2, logScreenshot=True)`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.moveTo(1, 2, 1, pyautogui.easeInQuad)`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.moveRel(1, 2)`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.write('a' * 3)`, 'NotImplementedError', 1],
    [`${PREFIX}pyautogui.hotkey('a', sep='+')`, 'TypeError', 1],
    [`${PREFIX}pyautogui.FAILSAFE = 0`, 'NotImplementedError', 1],
    [`${PREFIX}time.sleep(seconds=1)`, 'TypeError', 1],
    [`${PREFIX}time.sleep(-1)`, 'TypeError', 1],
    [`${PREFIX}pyautogui.press('a', presses=10000000000)`, 'ValueError', 1],
  ])('%j is a %s in line %i', (source, kind, line) => {
    expect(readError(source)).toMatchObject({ kind, line });
  });

  test('code that runs with the fail-safe can be left to Python', () => {
    const code = 'import pyautogui\npyautogui.moveTo(0, 0)';
    expect(readPyautogui(code)).toHaveLength(1);
    expect(() => readPyautogui(code, { withoutFailsafe: true })).toThrow('the fail-safe is on');
    expect(readPyautogui(`${PREFIX}pyautogui.click()`, { withoutFailsafe: true })).toHaveLength(2);
  });

  test('read as the interpreter prints them', () => {
    const syntax = `${PREFIX}pyautogui.write('a\nb')`;
    expect(readError(syntax).toStderr(syntax)).toBe(
      `  File "<string>", line 1\n    ${PREFIX}pyautogui.write('a\nSyntaxError: unterminated string literal (detected at line 1)\n`,
    );
    const name = 'import time\npyautogui.click()';
    expect(readError(name).toStderr(name)).toBe(
      'Traceback (most recent call last):\n  File "<string>", line 2, in <module>\n    pyautogui.click()\nNameError: name \'pyautogui\' is not defined\n',
    );
  });
});

function twice<T>(items: T[]): T[] {
  return [...items, ...items];
}
