/** Finds the calls of known actions after `Action:`, whatever stands between them. Linear in the prediction. */

import { matchEnd, skipMatches } from '../../lib/scan.js';
import { type Call, readCall } from '../../python/call.js';
import { ACTION_LABEL } from '../thought.js';
import { orNull } from '../unreadable.js';
import { CALL_OPENING } from './action-names.js';
import { readTextCall } from './text-call.js';

/**
 * Empty when there is no call of a known action. Throws UnreadablePrediction when the last section has one that cannot
 * be read. A label at the start of a line always begins a section; when words follow a section's calls, or a call in
 * it is unreadable, and yet another section comes, it was part of the Thought.
 */
export function readKnownCalls(prediction: string): Call[] {
  const [head = '', ...sections] = prediction.replace(/\r\n?/g, '\n').split(LABEL_AT_LINE_START);
  const last = sections.pop();
  if (last === undefined) {
    const label = head.indexOf(ACTION_LABEL);
    return label < 0 ? [] : readSection(head.slice(label + ACTION_LABEL.length), true).calls;
  }
  const earlier = sections.map((section) => orNull(() => readSection(section, false)));
  const thoughtEnd = earlier.findLastIndex((section) => section === null || section.hasWords);
  const calls = earlier.slice(thoughtEnd + 1).flatMap((section) => section?.calls ?? []);
  return calls.concat(readSection(last, false).calls);
}

const LABEL_AT_LINE_START = new RegExp(`^[ \\t*>#\`]*${ACTION_LABEL}`, 'm');

interface Section {
  calls: Call[];
  /** Something other than calls stands in it. */
  hasWords: boolean;
}

/** `midLine`: the section began within a line, so that the Thought may go on up to a later label. */
function readSection(text: string, midLine: boolean): Section {
  let calls: Call[] = [];
  let hasWords = false;
  for (
    let at = skipMatches(BETWEEN_CALLS, text, 0);
    at < text.length;
    at = skipMatches(BETWEEN_CALLS, text, at)
  ) {
    if (text.startsWith(ACTION_LABEL, at)) {
      if (midLine || hasWords) calls = [];
      hasWords = false;
      at += ACTION_LABEL.length;
    } else if (matchEnd(OPENING, text, at) !== null) {
      const { call, end } = readTextCall(text, at) ?? readCall(text, at, true);
      calls.push(call);
      at = end;
    } else {
      hasWords = true;
      at = afterWords(text, at, calls.length === 0);
    }
  }
  return { calls, hasWords };
}

const OPENING = new RegExp(CALL_OPENING, 'iy');
/** Also what a model puts around a call: code fences, emphasis, a full stop, one bracket too many, a comment. */
const BETWEEN_CALLS = /[\s;,.)`*\u200b]+|#.*/y;

/** The next label or the next line; before the first call, words may also stand before a call on its line. */
function afterWords(text: string, at: number, beforeFirstCall: boolean): number {
  const lineEnd = text.indexOf('\n', at);
  const line = text.slice(at, lineEnd < 0 ? text.length : lineEnd);
  const label = line.indexOf(ACTION_LABEL);
  if (label >= 0) return at + label;
  // An unknown action does not count as words: a call in its arguments is not for us.
  const call = beforeFirstCall && !UNKNOWN_CALL.test(line) ? line.search(OPENING_IN_LINE) : -1;
  return at + (call < 0 ? line.length : call);
}

const OPENING_IN_LINE = new RegExp(`(?<![\\w.])${CALL_OPENING}`, 'i');
const UNKNOWN_CALL = /^\w[\w.]*[ \t]*\(/;
