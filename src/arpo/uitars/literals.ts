/** Model text as Python literals that say exactly that text, written as the reference writes them where that is true. */

import { isOneLiteral } from '../../python/containment.js';
import { decodeOrNull } from '../../python/escapes.js';
import { escapeChar, reprText } from '../../python/text.js';
import { note } from '../dialect.js';

/** A literal that reads back as `text`: between single quotes as in the reference if that does, else its `repr`. */
export function textLiteral(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const plain = `'${text.replaceAll("'", "\\'")}'`;
  const saysText = isOneLiteral(plain) && !UNSAFE.test(text) && decodeOrNull(plain.slice(1, -1), '') === text;
  return saysText ? plain : reprText(text);
}

/** Nothing that is escaped anywhere: most texts, and of a long one all the many pieces. */
const PLAIN = /^[ !"#-&(-[\]-~]*$/;

/** What cannot stand between single quotes, or not in source at all. */
const UNSAFE = /[\0\r\n]|\p{Cs}/u;

/** The Thought's block: as the reference writes it where Python accepts that, else with quotes and backslashes escaped. */
export function docstringLiteral(thought: string | null): string {
  const text = note(thought ?? 'None');
  const plain = `'''${text}'''`;
  const accepted = isOneLiteral(plain) && !/\0|\p{Cs}/u.test(text) && decodeOrNull(text, '') !== null;
  return accepted ? plain : `'''${text.replace(/[\0\\']|\p{Cs}/gu, escapeChar)}'''`;
}
