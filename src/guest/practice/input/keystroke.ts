/** Keys as applications see them: names and characters of pyautogui on a US keyboard, with what is held down. */

export interface KeyStroke {
  /** `enter`, `left`, `f4`, …, or the character of the key without shift: `a`, `1`, `,`. */
  key: string;
  /** What the key types; '' for keys that type nothing, and with ctrl, alt or super. */
  text: string;
  control: boolean;
  alt: boolean;
  shift: boolean;
  super: boolean;
}

export type Modifier = 'control' | 'alt' | 'shift' | 'super';

const MODIFIERS: Readonly<Record<string, Modifier>> = {
  ctrl: 'control',
  ctrlleft: 'control',
  ctrlright: 'control',
  alt: 'alt',
  altleft: 'alt',
  altright: 'alt',
  option: 'alt',
  optionleft: 'alt',
  optionright: 'alt',
  shift: 'shift',
  shiftleft: 'shift',
  shiftright: 'shift',
  win: 'super',
  winleft: 'super',
  winright: 'super',
  command: 'super',
};

const ALIASES: Readonly<Record<string, string>> = {
  '\n': 'enter',
  '\r': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  return: 'enter',
  esc: 'escape',
  del: 'delete',
  pgup: 'pageup',
  pgdn: 'pagedown',
  space: ' ',
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  decimal: '.',
};

const SHIFTED = new Map(
  [...'~!@#$%^&*()_+{}|:"<>?'].map((char, index) => [char, "`1234567890-=[]\\;',./".charAt(index)]),
);
const UNSHIFTED = new Map([...SHIFTED].map(([shifted, plain]) => [plain, shifted]));

/** The modifier that a pyautogui key is, or null. */
export function modifierOf(key: string): Modifier | null {
  return MODIFIERS[key] ?? null;
}

/** `key` is not a modifier. A shifted character such as `A` or `?` needs no shift to be held. */
export function strokeOf(key: string, held: ReadonlySet<Modifier>): KeyStroke {
  const named = ALIASES[key] ?? (/^num\d$/.test(key) ? key.slice(3) : key);
  const character = [...named].length === 1;
  const shift = held.has('shift') || (character && (SHIFTED.has(named) || named !== named.toLowerCase()));
  const modified = held.has('control') || held.has('alt') || held.has('super');
  return {
    key: character ? (SHIFTED.get(named) ?? named.toLowerCase()) : named,
    text: character && !modified ? typed(named, held.has('shift')) : '',
    control: held.has('control'),
    alt: held.has('alt'),
    shift,
    super: held.has('super'),
  };
}

function typed(character: string, shiftHeld: boolean): string {
  return shiftHeld ? (UNSHIFTED.get(character) ?? character.toUpperCase()) : character;
}
