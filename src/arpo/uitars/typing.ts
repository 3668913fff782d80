/** How text is typed: within the time that a guest gives one action, and every character as it stands. */

import { reprFloat } from '../../python/float.js';
import { reprText } from '../../python/text.js';
import type { Typing } from '../dialect.js';
import { LESS_THAN } from './keys.js';
import { textLiteral } from './literals.js';

/** Seconds between two keys, as in the reference, and for how long in all: the client gives up after 90 s. */
const INTERVAL = 0.1;
const LONGEST = 60;
/** Seconds that pyautogui pauses after each of its calls (its PAUSE). */
const PAUSE = 0.1;

/** Undefined for no text. */
export function typingOf(text: string): Typing | undefined {
  if (text === '') return undefined;
  const typed = text.replace(SUBMIT, '');
  const lessThan = { hotkey: LESS_THAN.map(reprText).join(', ') };
  const parts = typed.split('<').flatMap((piece, index): Typing['parts'] => {
    const written = piece === '' && typed !== '' ? [] : [{ literal: textLiteral(piece) }];
    return index === 0 ? written : [lessThan, ...written];
  });
  return { parts, interval: reprFloat(interval(typed, parts.length)), submits: typed !== text, pauses: true };
}

/** One line end submits; so does one that was escaped twice, as in the reference. */
const SUBMIT = /(?:\n|\\n)$/;

/** Shortened for a long text, in whole milliseconds. */
function interval(text: string, calls: number): number {
  const length = [...text].length;
  const longest = Math.max(0, LONGEST - (calls - 1) * PAUSE);
  return length * INTERVAL <= longest ? INTERVAL : Math.floor((longest / length) * 1000) / 1000;
}
