/**
 * The calls of UI-TARS 2, which are tags: `<function=click><parameter=point><point>1 2</point></parameter></function>`. Its
 * versions write them in three ways, and each of them is read: with a name after `=`, in quotes after `name=`, or with
 * `_never_used_` and a hash behind `function` and `parameter`. Linear in the prediction.
 */
import type { Call, Value } from '../../python/call.js';
import { ACTION_LABEL } from '../thought.js';
import { UnreadablePrediction } from '../unreadable.js';
import { CALL_OPENING } from './action-names.js';

/** Null when there is no such call, but in a text that is to be typed. Throws UnreadablePrediction for one that does not end. */
export function readXmlCalls(prediction: string): Call[] | null {
  const said = afterThought(prediction);
  if (standsInCall(said, said.search(FUNCTION))) return null;
  const calls: Call[] = [];
  for (let at = 0; ; ) {
    const opening = matchFrom(FUNCTION, said, at);
    if (opening === null) return calls.length > 0 ? calls : null;
    const { args, end } = readParameters(said, opening.end);
    calls.push({ name: opening.name ?? null, args, positional: [] });
    at = end;
  }
}

/** Whether the prediction ends the task with an answer: between tags or, `bare`, in words alone after what was thought. */
export function isAnswer(prediction: string, bare: boolean): boolean {
  const said = afterThought(prediction);
  if (/^\s*<answer>/.test(said) && said.includes('</answer>')) return true;
  return bare && said !== prediction && !/<seed:|<function|Action:/.test(said) && /[\p{L}\p{N}]/u.test(said);
}

/** Whether a call in the other notation, after its label, comes before. */
function standsInCall(text: string, at: number): boolean {
  const before = text.slice(0, Math.max(0, at));
  const label = before.lastIndexOf(ACTION_LABEL);
  return label >= 0 && CALL.test(before.slice(label));
}

const CALL = new RegExp(`(?<![\\w.])${CALL_OPENING}`, 'i');

/** Models say what they think between tags whose names differ, and calls that they consider are among it. */
function afterThought(prediction: string): string {
  const end = THOUGHT_END.exec(prediction);
  return end === null ? prediction : prediction.slice(end.index + end[0].length);
}

const THOUGHT_END = /<\/(?:gui_)?think[^<>]*>/;

const NAMED = `(?:_never_used_\\w+)?(?:=| +name=)["']?([\\w.]+)["']?(?: [^<>]*)?>`;
const FUNCTION = new RegExp(`<function${NAMED}`, 'g');
const IN_FUNCTION = new RegExp(`<parameter${NAMED}|<function${NAMED}|</function`, 'g');

/** Up to the closing tag or, where that is misspelt, to the next call. What stands inside of a parameter is text. */
function readParameters(text: string, start: number): { args: Map<string, Value>; end: number } {
  const args = new Map<string, Value>();
  for (let at = start; ; ) {
    const next = matchFrom(IN_FUNCTION, text, at);
    if (next === null) throw new UnreadablePrediction('a <function> that does not end');
    if (next.name === undefined) return { args, end: next.at };
    const close = text.indexOf('</parameter', next.end);
    if (close < 0) throw new UnreadablePrediction('a <parameter> that does not end');
    args.set(next.name, { kind: 'text', text: valueIn(text.slice(next.end, close)) });
    at = close + 1;
  }
}

interface Match {
  /** Of what is looked for; undefined at the end of a function. */
  name: string | undefined;
  at: number;
  end: number;
}

function matchFrom(pattern: RegExp, text: string, from: number): Match | null {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match && { name: match[1], at: match.index, end: pattern.lastIndex };
}

/** A value on lines of its own, and one that is marked because tags stand in it. */
function valueIn(body: string): string {
  const lines = body.startsWith('\n') ? body.slice(1).replace(/\n[ \t]*$/, '') : body;
  return MARKED.exec(lines)?.[1] ?? lines;
}

const MARKED = /^\s*<text_never_used_\w+>([\s\S]*)<\/text_never_used_\w+>\s*$/;
