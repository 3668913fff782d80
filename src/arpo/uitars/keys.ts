/** The keys that a model names, as the keys that pyautogui presses; it ignores a name that it does not know. */
import { isKeyName } from '../../guest/pyautogui/keys.js';
import { reprText, splitBlanks } from '../../python/text.js';

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
  const written = keys.replace(/[\u200b\ufeff]/g, ' ').replace(TWO_WORDS, (name) => name.replace(' ', ''));
  const parts = splitBlanks(written).flatMap(splitCombination);
  const combined = parts.length > 1;
  return parts.flatMap((part) => keyPresses(part, combined)).map(reprText);
}

/** Keys whose names are two words: parted, `page down` would be the key `down`. */
const TWO_WORDS =
  /\b(?:page (?:up|down)|arrow (?:up|down|left|right)|(?:up|down|left|right) arrow|(?:caps|num|scroll) lock|print screen)\b/gi;

/** Parts at `+`, `-` and `,` if each part is then a key; a sign that ends the text is a key itself. */
function splitCombination(part: string): string[] {
  if (isKey(part)) return [part];
  const names = part.replace(/(?<=\w),$/, '').split(/[+,-](?=.)/u);
  return names.every(isKey) ? names : [part];
}

function isKey(name: string): boolean {
  return [...name].length === 1 || known(name) !== name || isKeyName(name.toLowerCase());
}

/** A name as pyautogui knows it; one that nobody knows stays as it is. */
function known(name: string): string {
  if (name === 'space') return ' ';
  const lower = name.toLowerCase();
  if (isKeyName(lower)) return name;
  const plain = lower.replaceAll('_', '');
  return ALIASES.get(plain) ?? (isKeyName(plain) ? plain : name);
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
