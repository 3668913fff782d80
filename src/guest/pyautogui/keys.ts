/** The keys that pyautogui presses on X11: the names of its `keyboardMapping`, and every character. */
const NAMES = new Set(
  `add alt altleft altright apps backspace capslock ctrl ctrlleft ctrlright decimal del delete divide down end enter
  esc escape execute f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 help home
  insert left multiply num0 num1 num2 num3 num4 num5 num6 num7 num8 num9 numlock pagedown pageup pause pgdn pgup print
  printscreen prntscrn prtsc prtscr return right scrolllock select separator shift shiftleft shiftright space subtract
  tab up win winleft winright`.split(/\s+/),
);
/** A spelling of escape that is in its table by mistake. */
const BACKSLASH_E = '\\e';
/** Those for which it has a key; the others are no text that anybody sees. */
const CONTROL = new Set(['\b', '\t', '\n', '\r']);

/** Whether pyautogui has a key of this name, in lower case, that an X keyboard could have. */
export function isKeyName(name: string): boolean {
  return NAMES.has(name);
}

/**
 * The key that pyautogui means by `name`. Null when it passes over it without a word, as over the names of keys that only other
 * systems have; characters that no key bears it passes over as well, but they are text: here they are typed.
 */
export function keyOf(name: string): string | null {
  if ([...name].length === 1) return CONTROL.has(name) || /[^\p{Cc}\p{Cs}]/u.test(name) ? name : null;
  const lower = name.toLowerCase();
  return isKeyName(lower) || lower === BACKSLASH_E ? lower : null;
}
