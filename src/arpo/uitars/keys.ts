/** The keys that a model names, as the keys that pyautogui presses; it ignores a name that it does not know. */
import { reprText, splitBlanks } from '../../python/text.js';

/** The names of more than one letter that pyautogui maps on X11 (its `keyboardMapping`). */
const KEY_NAMES = new Set(
  `add alt altleft altright apps backspace capslock ctrl ctrlleft ctrlright decimal del delete divide down end enter
  esc escape execute f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 help home
  insert left multiply num0 num1 num2 num3 num4 num5 num6 num7 num8 num9 numlock pagedown pageup pause pgdn pgup print
  printscreen prntscrn prtsc prtscr return right scrolllock select separator shift shiftleft shiftright space subtract
  tab up win winleft winright`.split(/\s+/),
);

/** Other names, in lower case and without `_`, for the keys above. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['spacebar', ' '],
  ['control', 'ctrl'],
  ['cmd', 'win'],
  ['command', 'win'],
  ['meta', 'win'],
  ['super', 'win'],
  ['windows', 'win'],
  ['option', 'alt'],
  ['ins', 'insert'],
  ['caps', 'capslock'],
  ['page-down', 'pagedown'],
  ['page-up', 'pageup'],
  ['arrowleft', 'left'],
  ['arrowright', 'right'],
  ['arrowup', 'up'],
  ['arrowdown', 'down'],
  ['leftarrow', 'left'],
  ['rightarrow', 'right'],
  ['uparrow', 'up'],
  ['downarrow', 'down'],
]);

/** The keys of `ctrl c`, `ctrl+c`, `ctrl-c` or `ctrl, c`, as Python source. */
export function keyLiterals(keys: string): string[] {
  const parts = splitBlanks(keys.replace(/[\u200b\ufeff]/g, ' ')).flatMap(splitCombination);
  const combined = parts.length > 1;
  return parts.flatMap((part) => keyPresses(part, combined)).map(reprText);
}

/** Parts at `+`, `-` and `,` if each part is then a key; a sign that ends the text is a key itself. */
function splitCombination(part: string): string[] {
  if (isKey(part)) return [part];
  const names = part.replace(/(?<=\w),$/, '').split(/[+,-](?=.)/u);
  return names.every(isKey) ? names : [part];
}

function isKey(name: string): boolean {
  return [...name].length === 1 || known(name) !== name || KEY_NAMES.has(name.toLowerCase());
}

/** A name as pyautogui knows it; one that nobody knows stays as it is. */
function known(name: string): string {
  if (name === 'space') return ' ';
  const lower = name.toLowerCase();
  if (KEY_NAMES.has(lower)) return name;
  const plain = lower.replaceAll('_', '');
  return ALIASES.get(plain) ?? (KEY_NAMES.has(plain) ? plain : name);
}

/** A capital letter in a combination is how people write the key, not a wish for shift. */
function keyPresses(key: string, combined: boolean): readonly string[] {
  if (key === '<') return LESS_THAN;
  return [combined && /^[A-Z]$/.test(key) ? key.toLowerCase() : known(key)];
}

/**
 * How `<` is pressed: on X11 pyautogui finds the wrong key for it, and `>` appears (env-protocol.md §9, 20). True of
 * the US layout, which OSWorld's desktops have.
 */
export const LESS_THAN = ['shift', ','] as const;
