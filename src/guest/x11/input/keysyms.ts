/** Which keysym (keysymdef.h) a key is: the names of pyautogui's `keyboardMapping` on X11, and every character. */

export const NO_SYMBOL = 0;
export const SHIFT_L = 0xffe1;

const NAMED: Readonly<Record<string, number>> = {
  ...{ '\b': 0xff08, backspace: 0xff08, '\t': 0xff09, tab: 0xff09, pause: 0xff13, scrolllock: 0xff14 },
  ...{ '\n': 0xff0d, '\r': 0xff0d, enter: 0xff0d, return: 0xff0d, space: 0x20 },
  ...{ esc: 0xff1b, escape: 0xff1b, '\\e': 0xff1b, delete: 0xffff, del: 0xffff },
  ...{ home: 0xff50, left: 0xff51, up: 0xff52, right: 0xff53, down: 0xff54, end: 0xff57 },
  ...{ pageup: 0xff55, pgup: 0xff55, pagedown: 0xff56, pgdn: 0xff56 },
  ...{ select: 0xff60, execute: 0xff62, insert: 0xff63, apps: 0xff67, help: 0xff6a },
  ...{ print: 0xff61, printscreen: 0xff61, prntscrn: 0xff61, prtsc: 0xff61, prtscr: 0xff61 },
  ...{ shift: SHIFT_L, shiftleft: SHIFT_L, shiftright: 0xffe2 },
  ...{ ctrl: 0xffe3, ctrlleft: 0xffe3, ctrlright: 0xffe4, alt: 0xffe9, altleft: 0xffe9, altright: 0xffea },
  ...{ win: 0xffeb, winleft: 0xffeb, winright: 0xffec, capslock: 0xffe5, numlock: 0xff7f },
  ...{ multiply: 0xffaa, add: 0xffab, separator: 0xffac, subtract: 0xffad, decimal: 0xffae, divide: 0xffaf },
};
const F1 = 0xffbe;
const KEYPAD_0 = 0xffb0;
/** Characters of Latin-1 are their own keysyms; all others have this added. */
const UNICODE = 0x0100_0000;

/** `key`: one character, or a key name of pyautogui in lower case. Null when pyautogui has no such key on X11. */
export function keysymOf(key: string): number | null {
  return namedKeysym(key) ?? characterKeysym(key);
}

/** Of a key that is known by its name, control characters among them. */
export function namedKeysym(key: string): number | null {
  if (Object.hasOwn(NAMED, key)) return NAMED[key] ?? null;
  const [, row, number] = /^(f|num)(\d+)$/.exec(key) ?? [];
  if (row === 'f') return F1 + Number(number) - 1;
  if (row === 'num') return KEYPAD_0 + Number(number);
  return null;
}

function characterKeysym(key: string): number | null {
  const code = [...key].length === 1 ? (key.codePointAt(0) ?? 0) : 0;
  const isLatin1 = (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);
  if (isLatin1) return code;
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return code >= 0x100 && !isSurrogate ? UNICODE + code : null;
}
