/**
 * Our reading of pyautogui code against pyautogui itself, on one display: the same presses, releases and places. What we do
 * not read is for the real one anyway, so every form of call is either read and the same, or not read.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';
import { performSteps } from '../../src/guest/pyautogui/perform.js';
import { PythonError } from '../../src/guest/pyautogui/python-error.js';
import { readPyautogui } from '../../src/guest/pyautogui/read.js';
import { reprText } from '../../src/python/text.js';
import { describeWith } from '../support/components.js';
import { type InputRecorder, type Recorded, recordInput } from '../support/input-recorder.js';
import { type RealPyautogui, realPyautogui } from '../support/real-pyautogui.js';
import { type RealDisplay, realClock, realDisplay } from '../support/x-display.js';

const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';
const START = 'pyautogui.moveTo(640, 360)';

/** Read, and the same as pyautogui's own. */
const READ = [
  ...['click()', 'click(10, 20)', 'click(10.9, -20.1)', 'click((30, 40))', 'click([30, 40])', 'click(x=5)'],
  ...[
    'click(y=5)',
    'click(None, 7)',
    'click(5, None)',
    'click(100, 100, 2)',
    'click(clicks=0)',
    'click(1, 2, clicks=-1)',
  ],
  ...[
    'click(1, 2, 2, 0.01, "right")',
    'click(button="PRIMARY")',
    'click(button="Secondary")',
    'click(button="middle")',
  ],
  ...[
    'click(7, 8, duration=0.2)',
    'click(7, 8, _pause=False)',
    'click(7, 8, logScreenshot=None)'.replace('None', 'False'),
  ],
  ...[
    'click(99999 // 1)',
    'click(5000, 5000)',
    'click(-5, -5)',
    'click(1279, 719)',
    'click(1280, 720)',
  ].slice(1),
  ...[
    'leftClick()',
    'leftClick(3, 4, 0.01)',
    'rightClick(3, 4)',
    'rightClick(3, 4, 0, 0.2)',
    'middleClick((3, 4))',
  ],
  ...[
    'doubleClick()',
    'doubleClick(3, 4)',
    'doubleClick(3, 4, 0.01, "right")',
    'doubleClick(button="middle")',
  ],
  ...['tripleClick()', 'tripleClick(3, 4, interval=0.01)', 'tripleClick(x=3, y=4, button="secondary")'],
  ...[
    'moveTo(1, 2)',
    'moveTo(1, 2, 0.2)',
    'moveTo(None, 2)',
    'moveTo(7)',
    'moveTo((7, 8))',
    'moveTo()',
    'moveTo(7.9, 8.9)',
    'moveTo(duration=0.2)',
    'click(duration=0.2, clicks=2)',
  ],
  ...[
    'dragTo(50, 60)',
    'dragTo(50, 60, 0.2)',
    'dragTo(50, 60, button="right")',
    'dragTo(50, 60, mouseDownUp=True)',
  ],
  ...[
    'dragTo(50, 60, duration=0.2, button="left", mouseDownUp=False)',
    'dragTo((50, 60), button="middle")',
    'dragTo()',
  ],
  ...[
    'mouseDown()',
    'mouseDown(9, 8)',
    'mouseDown(9, 8, "right")',
    'mouseDown(button="middle", duration=1)',
    'mouseUp()',
  ],
  ...[
    'mouseUp(9, 8)',
    'mouseDown(); pyautogui.moveTo(70, 70); pyautogui.mouseUp()',
    'mouseDown(); pyautogui.mouseUp(9, 8)',
  ],
  ...[
    'scroll(3)',
    'scroll(-3)',
    'scroll(0, 5, 5)',
    'scroll(2, 5, 5)',
    'scroll(2.9)',
    'scroll(-0.5, 5, 5)',
    'scroll(1, (5, 6))',
  ],
  ...[
    'scroll(clicks=2, x=5)',
    'scroll(2, y=5)',
    'vscroll(2)',
    'vscroll(-2, 5, 5)',
    'hscroll(2)',
    'hscroll(-2, 5, 5)',
  ],
  ...[
    'press("a")',
    'press("A")',
    'press("enter")',
    'press("Enter")',
    'press("F5")',
    'press("a", 3)',
    'press("a", presses=0)',
  ],
  ...[
    'press(["a", "B", "Left"])',
    'press(("a", "b"), 2, 0.01)',
    'press([])',
    'press("")',
    'press("nosuchkey")',
    'press("fn")',
  ],
  ...[
    'press(["volumeup", "a"])',
    'press("command")',
    'press("yen")',
    'press("select")',
    'press("f13")',
    'press("\\\\e")',
  ],
  ...[
    'press("a", interval=0.01, _pause=False)',
    'press("\\t")',
    'press("\\n")',
    'press("\\b")',
    'press("\\x1b")',
    'press(" ")',
  ],
  ...[
    'keyDown("a")',
    'keyDown("A")',
    'keyDown("shift")',
    'keyDown("Shift"); pyautogui.keyUp("SHIFT")',
    'keyUp("a")',
  ],
  ...[
    'keyDown("nosuchkey")',
    'keyUp("nosuchkey")',
    'keyDown("ctrl"); pyautogui.press("c"); pyautogui.keyUp("ctrl")',
  ],
  ...[
    'keyDown("shift"); pyautogui.press("a"); pyautogui.keyUp("shift")',
    'keyDown("A"); pyautogui.keyUp("a")',
    'keyDown("")',
  ],
  ...[
    'keyDown("shift"); pyautogui.click(5, 5); pyautogui.keyUp("shift")',
    'keyDown("alt"); pyautogui.press("tab")',
  ],
  ...[
    'hotkey("ctrl", "c")',
    'hotkey("ctrl", "shift", "t")',
    'hotkey("CTRL", "C")'.replace('"C"', '"c"'),
    'hotkey()',
  ],
  ...[
    'hotkey(["ctrl", "a"])',
    'hotkey(("alt", "f4"))',
    'hotkey("fn", "f1")',
    'hotkey("ctrl", "nosuchkey", "c")',
    'hotkey("ctrl+c")',
  ],
  ...[
    'hotkey("shift", ",")',
    'hotkey("ctrl", "c", interval=0.01)',
    'hotkey("a", "a")',
    'hotkey("command", "c")',
    'hotkey("win")',
  ],
  ...[
    'shortcut("ctrl", "v")',
    'write("Hello, World!")',
    'write("a\\tb\\nc")',
    'write("ab", interval=0.01)',
    'write("ab", 0)',
  ],
  ...[
    'write(["a", "Enter", "F1"])',
    'write("")',
    'write([])',
    'write("\\x00\\x01\\x7f")',
    'typewrite("x=1; (y) {z} [w]")',
  ],
  ...[
    'typewrite(("left", "X"))',
    'write("~!@#$%^&*()_+{}|:\\">?`-=[]\\\\;\',./")',
    'write("0123456789 abc XYZ")',
    'sleep(0.01)',
  ],
];

/** For the real one: more than can be read, or wrong. */
const NOT_READ = [
  ...[
    'click(button=1)',
    'click(button=None)',
    'click(clicks=2.0)',
    'click("1", 2)',
    'click("picture.png")',
    'click((1, 2, 3, 4))',
  ],
  ...[
    'click((1, 2), 3)',
    'click((1, None))',
    'click(1, 2, tween=pyautogui.easeInQuad)',
    'click(1, 2, logScreenshot=True)',
  ],
  ...[
    'click(1, 2, foo=3)',
    'click(interval=-1)',
    'click(interval=None)',
    'click(True, 2)',
    'click(99999, 5)',
    'click(1 + 2, 3)',
  ],
  ...[
    'click(**{})',
    'click(*[1, 2])',
    'click(button="thumb")',
    'click(button=pyautogui.RIGHT)',
    'leftClick(1, 2, 3, 4, 5, 6, 7, 8)',
  ],
  ...[
    'moveTo(1, 2, 0.2, pyautogui.easeInOutQuad)',
    'moveTo(1, 2, tween=None)',
    'moveTo(*pyautogui.position())',
    'moveTo(1e9, 2)',
  ],
  ...[
    'moveTo(1, 2, duration="1")',
    'moveRel(5, 5)',
    'move(5, -5)',
    'moveRel(5, 5, 0.2)',
    'dragRel(5, 5)',
    'drag(5, 5, button="left")',
  ],
  ...[
    'dragTo(1, 2, mouseDownUp=0)',
    'dragTo(1, 2, button=2)',
    'scroll()',
    'scroll("3")',
    'scroll(None)',
    'scroll(1, "a")',
    'press()',
  ],
  ...[
    'press(7)',
    'press(None)',
    'press("a", 2.0)',
    'press("a", presses="2")',
    'press("a" * 3)',
    'press(b"a")',
    'press(["a", 7])',
  ],
  ...[
    'keyDown()',
    'keyDown(["a"])',
    'keyDown("a", "b", "c", "d")',
    'hotkey("a", 7)',
    'hotkey("a", sep="+")',
    'write()',
    'write(7)',
  ],
  ...[
    'write("a", interval="x")',
    'write(f"a")',
    'write("a" "b" + "c")',
    'position()',
    'size()',
    'onScreen(1, 2)',
    'hold("shift")',
  ],
  ...[
    'nosuchfunction()',
    'click(1, 2',
    'sleep("1")',
    'sleep(-1)',
    'run("c")',
    'isValidKey("a")',
    'PAUSE = "x"',
    'FAILSAFE = 0',
  ],
];

describeWith('Xvfb', 'pyautogui code, read by us and run by pyautogui', () => {
  let display: RealDisplay;
  let recorder: InputRecorder;
  let python: RealPyautogui;

  beforeAll(async () => {
    display = await realDisplay({ manager: null });
    recorder = await recordInput(display.number);
    python = await realPyautogui(display.environment);
  });
  afterAll(async () => {
    await python?.[Symbol.asyncDispose]();
    recorder?.[Symbol.dispose]();
    await display?.[Symbol.asyncDispose]();
  });

  const nothing = { keycodes: [], buttons: [] };
  const perform = (code: string) =>
    performSteps(readPyautogui(code), display.input, {
      clock: realClock,
      signal: AbortSignal.timeout(60_000),
    });

  /** From the same place, with nothing held; what a lock key has locked is unlocked again. */
  async function recorded(run: () => Promise<unknown>): Promise<Recorded> {
    await perform(PREFIX + START);
    await recorder.take();
    await run();
    const seen = await recorder.take();
    await display.held.restore(nothing);
    for (const lock of seen.events.filter((event) => /^key (66|77) down/.test(event))) {
      await perform(`${PREFIX}pyautogui.press("${lock.startsWith('key 66') ? 'capslock' : 'numlock'}")`);
    }
    await recorder.take();
    return seen;
  }

  const ours = (code: string) => recorded(() => perform(code));
  const theirs = (code: string) => recorded(async () => expect(await python.run(code)).toBeNull());

  it.each(READ)('pyautogui.%s', async (call) => {
    const code = `${PREFIX}pyautogui.${call}`;
    expect(await ours(code)).toEqual(await theirs(code));
  });

  it.each(NOT_READ)('pyautogui.%s is for Python', (call) => {
    expect(() => readPyautogui(`${PREFIX}pyautogui.${call}`)).toThrow(PythonError);
  });

  it('presses for every key name what pyautogui presses', async () => {
    const names = (await python.value(
      'sorted(set(pyautogui.KEYBOARD_KEYS) | set(pyautogui._pyautogui_x11.keyboardMapping))',
    )) as string[];
    expect(names.length).toBeGreaterThan(200);
    for (const name of names.filter((one) => one !== '<')) {
      const code = `${PREFIX}pyautogui.press(${JSON.stringify(name)})`;
      expect({ name, ...(await ours(code)) }).toEqual({ name, ...(await theirs(code)) });
    }
  });

  it('does the same with whatever arguments it reads', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(randomCall, async (call) => {
        const code = `${PREFIX}pyautogui.${call}`;
        if (!isReadAndShort(code)) return;
        read += 1;
        expect(await ours(code)).toEqual(await theirs(code));
      }),
      { numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(60);
  });

  it('is better on purpose in three things', async () => {
    const keys = async (call: string) => {
      const code = `${PREFIX}pyautogui.${call}`;
      const names = ({ events }: Recorded) => events.map((event) => event.replace(/, .*/, ''));
      return { ours: names(await ours(code)), theirs: names(await theirs(code)) };
    };
    // It finds the key that bears `<` without shift, and holds shift: `>` appears.
    expect(await keys('write("<")')).toEqual({
      ours: ['key 94 down', 'key 94 up'],
      theirs: ['key 50 down', 'key 94 down', 'key 50 up', 'key 94 up'],
    });
    // It lets go the shift that keyDown holds.
    const held = await keys('keyDown("shift"); pyautogui.write("Ab")');
    expect(held.ours).toEqual(['key 50 down', 'key 38 down', 'key 38 up', 'key 56 down', 'key 56 up']);
    expect(held.theirs).toContain('key 50 up');
    // It passes over what no key bears.
    const beyond = await keys('write("\u00e9\u4f60")');
    expect([beyond.ours.length, beyond.theirs.length]).toEqual([4, 0]);
  });

  it('what a model does leaves nothing down but what keydown holds', async () => {
    const mapping = (await python.value('pyautogui._pyautogui_x11.keyboardMapping')) as Record<
      string,
      number
    >;
    await fc.assert(
      fc.asyncProperty(fc.array(randomAction, { minLength: 1, maxLength: 8 }), async (actions) => {
        await display.held.restore(nothing);
        const held = new Set<number>();
        for (const action of actions) {
          const code = codeOf(action);
          await perform(code);
          for (const step of readPyautogui(code)) {
            const keycode = step.type === 'key' ? (mapping[step.key] ?? 0) : 0;
            if (step.type !== 'key') continue;
            if (step.stays) held.add(keycode);
            else if (!step.down) held.delete(keycode);
          }
          expect(await display.held.now()).toEqual({
            keycodes: [...held].sort((a, b) => a - b),
            buttons: [],
          });
        }
      }),
      { numRuns: 40 },
    );
    await display.held.restore(nothing);
  });

  it('and does what pyautogui does with the same code', async () => {
    await fc.assert(
      fc.asyncProperty(randomAction, async (action) => {
        fc.pre(!/[\u007f-\uffff]/.test(action));
        const code = codeOf(action);
        expect(await ours(code)).toEqual(await theirs(code));
      }),
      { numRuns: 150 },
    );
  });
});

function isReadAndShort(code: string): boolean {
  try {
    const steps = readPyautogui(code);
    const seconds = steps.map((step) => ('seconds' in step ? step.seconds : 0));
    const clicks = steps.map((step) =>
      step.type === 'scroll' ? Math.abs(step.vertical + step.horizontal) : 1,
    );
    const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
    return sum(seconds) < 0.5 && sum(clicks) < 100;
  } catch (error) {
    if (error instanceof PythonError) return false;
    throw error;
  }
}

/** Without its pauses. */
function codeOf(action: string): string {
  const { actions } = predictionToActions(`Action: ${action}`, { screen: { width: 1280, height: 720 } });
  const code = actions
    .join('\n')
    .replace(/(interval|duration)=[\d.]+/g, '$1=0')
    .replace(/sleep\([\d.]+\)/g, 'sleep(0)');
  return `${PREFIX}${/^(DONE|WAIT|FAIL)$/.test(code) ? '' : code}`;
}

const box = fc
  .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 999 }))
  .map(([x, y]) => `'(${x},${y})'`);
const keyName = fc.constantFrom(
  'ctrl',
  'shift',
  'alt',
  'a',
  'c',
  'enter',
  'f5',
  'tab',
  'pagedown',
  'super',
  'fn',
  'nosuchkey',
);
const randomAction = fc.oneof(
  ...['click', 'left_single', 'left_double', 'right_single', 'hover'].map((name) =>
    box.map((at) => `${name}(start_box=${at})`),
  ),
  fc.tuple(box, box).map(([from, to]) => `drag(start_box=${from}, end_box=${to})`),
  fc.tuple(box, box).map(([from, to]) => `select(start_box=${from}, end_box=${to})`),
  fc
    .tuple(box, fc.constantFrom('up', 'down', 'left', 'right'))
    .map(([at, direction]) => `scroll(start_box=${at}, direction='${direction}')`),
  fc.array(keyName, { minLength: 1, maxLength: 3 }).map((keys) => `hotkey(key='${keys.join(' ')}')`),
  keyName.map((key) => `press(key='${key}')`),
  keyName.map((key) => `keydown(key='${key}')`),
  keyName.map((key) => `keyup(key='${key}')`),
  fc
    .string({ unit: fc.constantFrom(...'abXY1! ?<\n\té你😀'), minLength: 1, maxLength: 12 })
    .map((text) => `type(content=${reprText(text)})`),
  fc.constant('wait()'),
);

const value = fc.constantFrom(
  ...[
    '0',
    '1',
    '3',
    '2.0',
    '2.7',
    '-1',
    '-0.5',
    '40',
    '50.5',
    '2000',
    '40000',
    'None',
    'True',
    'False',
    '"left"',
    '"RIGHT"',
  ],
  ...[
    '"a"',
    '"Enter"',
    '"nosuchkey"',
    '["a", "F1"]',
    '(5, 6)',
    '[7, 8.5]',
    '(1, None)',
    '(1, 2, 3)',
    '[]',
    '""',
    '"ctrl"',
    '0.05',
  ],
);
const functions = [
  ...[
    'click',
    'leftClick',
    'rightClick',
    'middleClick',
    'doubleClick',
    'tripleClick',
    'moveTo',
    'dragTo',
    'mouseDown',
    'mouseUp',
  ],
  ...[
    'scroll',
    'vscroll',
    'hscroll',
    'press',
    'keyDown',
    'keyUp',
    'hotkey',
    'shortcut',
    'write',
    'typewrite',
    'sleep',
  ],
];
const keywords = [
  ...[
    'x',
    'y',
    'clicks',
    'interval',
    'button',
    'duration',
    'tween',
    'logScreenshot',
    '_pause',
    'mouseDownUp',
    'keys',
    'presses',
  ],
  ...['key', 'message', 'seconds'],
];
/** Of any function with any arguments: most are wrong. */
const randomCall = fc
  .tuple(
    fc.constantFrom(...functions),
    fc.array(value, { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keywords), value, { maxKeys: 2 }),
  )
  .map(
    ([name, args, named]) =>
      `${name}(${[...args, ...Object.entries(named).map(([key, one]) => `${key}=${one}`)].join(', ')})`,
  );
