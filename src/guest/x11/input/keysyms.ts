/** Which keysym (keysymdef.h, XF86keysym.h) a key of pyautogui is. */

const NAMED: Readonly<Record<string, number>> = {
  ...{ '\b': 0xff08, backspace: 0xff08, '\t': 0xff09, tab: 0xff09, clear: 0xff0b },
  ...{ '\n': 0xff0d, '\r': 0xff0d, enter: 0xff0d, return: 0xff0d, pause: 0xff13, scrolllock: 0xff14 },
  ...{ esc: 0xff1b, escape: 0xff1b, '\x1b': 0xff1b, delete: 0xffff, del: 0xffff, space: 0x20 },
  ...{ home: 0xff50, left: 0xff51, up: 0xff52, right: 0xff53, down: 0xff54, end: 0xff57 },
  ...{ pageup: 0xff55, pgup: 0xff55, pagedown: 0xff56, pgdn: 0xff56 },
  ...{ select: 0xff60, execute: 0xff62, insert: 0xff63, apps: 0xff67, help: 0xff6a, stop: 0xff69 },
  ...{ print: 0xff61, printscreen: 0xff61, prntscrn: 0xff61, prtsc: 0xff61, prtscr: 0xff61 },
  ...{
    shift: 0xffe1,
    shiftleft: 0xffe1,
    shiftright: 0xffe2,
    ctrl: 0xffe3,
    ctrlleft: 0xffe3,
    ctrlright: 0xffe4,
  },
  ...{
    alt: 0xffe9,
    altleft: 0xffe9,
    altright: 0xffea,
    option: 0xffe9,
    optionleft: 0xffe9,
    optionright: 0xffea,
  },
  ...{ win: 0xffeb, winleft: 0xffeb, winright: 0xffec, command: 0xffeb, capslock: 0xffe5, numlock: 0xff7f },
  ...{ multiply: 0xffaa, add: 0xffab, separator: 0xffac, subtract: 0xffad, decimal: 0xffae, divide: 0xffaf },
  ...{ kanji: 0xff21, nonconvert: 0xff22, convert: 0xff23, kana: 0xff2d, modechange: 0xff7e, yen: 0xa5 },
  ...{ hangul: 0xff31, hanguel: 0xff31, hanja: 0xff34, junja: 0xff38 },
  ...{ volumedown: 0x1008ff11, volumemute: 0x1008ff12, volumeup: 0x1008ff13, playpause: 0x1008ff14 },
  ...{ prevtrack: 0x1008ff16, nexttrack: 0x1008ff17, browserhome: 0x1008ff18, launchmail: 0x1008ff19 },
  ...{
    browsersearch: 0x1008ff1b,
    browserback: 0x1008ff26,
    browserforward: 0x1008ff27,
    browserstop: 0x1008ff28,
  },
  ...{ browserrefresh: 0x1008ff29, browserfavorites: 0x1008ff30, sleep: 0x1008ff2f },
  ...{ launchmediaselect: 0x1008ff32, launchapp1: 0x1008ff40, launchapp2: 0x1008ff41 },
};
const F1 = 0xffbe;
const KEYPAD_0 = 0xffb0;
/** Characters of Latin-1 are their own keysyms; all others have this added. */
const UNICODE = 0x0100_0000;

/** `key`: one character, or a key name of pyautogui in lower case. Null when X keyboards have no such key. */
export function keysymOf(key: string): number | null {
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
  if (named !== undefined) return named;
  const [, row, number] = /^(f|num)(\d+)$/.exec(key) ?? [];
  if (row === 'f') return F1 + Number(number) - 1;
  if (row === 'num') return KEYPAD_0 + Number(number);
  const code = [...key].length === 1 ? (key.codePointAt(0) ?? 0) : 0;
  const isLatin1 = (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);
  if (isLatin1) return code;
  return code >= 0x100 ? UNICODE + code : null;
}
