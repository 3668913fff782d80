/** Random actions of a UI-TARS model, and random Python: the same again for the same seed. */

export type Random = () => number;

/** Numbers in [0, 1): mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function oneOf<T>(random: Random, of: readonly [T, ...T[]]): T {
  return of[below(random, of.length)] ?? of[0];
}

/** Of the layout and not; of one UTF-16 unit and of two; what means something to a shell, to Python and to the dialect. */
const TEXTS = [
  'café',
  '你好',
  '€',
  '😀',
  'ñ',
  'Ω≠∞',
  '\n',
  'a<b',
  "it's",
  '"$x"',
  'Ab1',
  '\\',
  '~',
  'привет',
  'ß',
  '|',
  'あ',
];
const KEYS = [
  'ctrl alt t',
  'ctrl l',
  'ctrl t',
  'alt f4',
  'alt tab',
  'ctrl c',
  'enter',
  'esc',
  'shift a',
  'f11',
  'tab',
  'super',
  'nosuchkey',
  'ctrl shift t',
  'ctrl alt é',
];

function text(random: Random): string {
  const parts = Array.from({ length: 1 + below(random, 2) }, () => TEXTS[below(random, TEXTS.length)]);
  return parts.join('');
}

function point(random: Random): string {
  return `(${below(random, 1000)},${below(random, 1000)})`;
}

/** One of the model's actions, as it writes them. */
function action(random: Random): string {
  const typed = () => `type(content=${JSON.stringify(text(random))})`;
  return oneOf(random, [
    () => `click(start_box='${point(random)}')`,
    () => `click(start_box='${point(random)}')`,
    () => `left_double(start_box='${point(random)}')`,
    () => `right_single(start_box='${point(random)}')`,
    typed,
    typed,
    typed,
    typed,
    () => `hotkey(key='${KEYS[below(random, KEYS.length)]}')`,
    () => `hotkey(key='${KEYS[below(random, KEYS.length)]}')`,
    () =>
      `scroll(start_box='${point(random)}', direction='${oneOf(random, ['up', 'down', 'left', 'right'])}')`,
    () => `drag(start_box='${point(random)}', end_box='${point(random)}')`,
  ])();
}

/** A prediction of one action, which does not end the episode. */
export function randomPrediction(random: Random): string {
  return `Thought: ${text(random).trim()}\nAction: ${action(random)}`;
}

/** What only a real Python can run: blocks, loops, what it imports. */
export function randomPython(random: Random): string {
  const written = JSON.stringify(text(random));
  const [x, y] = [below(random, 1920), below(random, 1080)];
  const lines = oneOf(random, [
    [`for step in range(${1 + below(random, 3)}):`, `    pyautogui.write(${written})`],
    ['import os', `if os.environ.get('HOME'):`, `    pyautogui.moveTo(${x}, ${y})`, '    pyautogui.click()'],
    [`x, y = pyautogui.position()`, `pyautogui.click(x, ${y})`, `pyautogui.press(['a', 'enter'])`],
    [`with pyautogui.hold('shift'):`, `    pyautogui.press('left')`, `pyautogui.write(${written} * 2)`],
    [`def typed(text):`, '    for one in text:', '        pyautogui.press(one)', `typed(${written})`],
    [
      `pyautogui.keyDown('ctrl')`,
      'try:',
      `    pyautogui.press('a')`,
      'finally:',
      `    pyautogui.keyUp('ctrl')`,
    ],
  ]);
  return ['import pyautogui', 'pyautogui.PAUSE = 0.02', 'pyautogui.FAILSAFE = False', ...lines, ''].join(
    '\n',
  );
}
