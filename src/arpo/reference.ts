/** The dialect `uitars-reference`: reads a prediction with every quirk of the reference (env-protocol.md §9). */

import { excerpt, skipMatches } from '../lib/scan.js';
import { type Call, readCall, type Value } from '../python/call.js';
import { reprBytes, reprText, splitBlanks, strip, stripStart } from '../python/text.js';
import { type ActionRequest, type Dialect, note, type Scroll, type Typing } from './dialect.js';
import { type Pointing, toBox } from './screen.js';
import { ACTION_LABEL } from './thought.js';
import { UnreadablePrediction } from './unreadable.js';

export const reference: Dialect = {
  readCalls,
  toRequest,
  docstring: (thought) => `'''${note(thought ?? 'None')}'''`,
  keepsActionsBeforeSpecial: false,
  mayHurry: false,
};

/** Only what follows the last label counts; a blank line parts two calls; any other line end makes them unreadable. */
function readCalls(prediction: string): Call[] {
  const pieces = strip(prediction).split(ACTION_LABEL).slice(1).at(-1)?.split('\n\n');
  if (pieces === undefined) throw new UnreadablePrediction(`no "${ACTION_LABEL}" in the prediction`);
  return pieces.map((piece) => readWholeCall(stripStart(rewrapText(piece).replaceAll('\n', '\\n'))));
}

function readWholeCall(source: string): Call {
  if (/\0|\p{Cs}/u.test(source)) throw new UnreadablePrediction('a NUL or half a character after the label');
  const { call, end } = readCall(source, 0, false);
  const rest = skipMatches(BLANKS_OR_COMMENT, source, end);
  if (rest < source.length) throw new UnreadablePrediction(`text after the call: ${excerpt(source, rest)}`);
  return call;
}

const BLANKS_OR_COMMENT = /[ \t\f\r]+|#[^\r]*/y;

/** The reference takes `type(content='` and `')` away wherever they stand on one line, then wraps what is left. */
function rewrapText(piece: string): string {
  const name = ['type', 'finished'].find((action) => piece.includes(`${action}(content`));
  if (name === undefined) return piece;
  const opening = `${name}(content='`;
  return `${opening}${escapeSingleQuotes(unwrap(piece, opening))}')`;
}

/** Each search goes on where the last one ended, so that the whole is linear. */
function unwrap(piece: string, opening: string): string {
  const kept: string[] = [];
  let copied = 0;
  let close = -1;
  let lineEnd = -1;
  for (let at = piece.indexOf(opening); at >= 0; at = piece.indexOf(opening, at)) {
    const start = at + opening.length;
    if (close < start) close = piece.indexOf("')", start);
    if (close < 0) break;
    if (lineEnd < start) lineEnd = indexOrEnd(piece, '\n', start);
    if (lineEnd < close) {
      at += 1;
      continue;
    }
    kept.push(piece.slice(copied, at), piece.slice(start, close));
    copied = at = close + 2;
  }
  return kept.join('') + piece.slice(copied);
}

function indexOrEnd(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}

function escapeSingleQuotes(text: string): string {
  return text.replace(/(?<!\\)'/g, "\\'");
}

type PythonText = Extract<Value, { kind: 'text' | 'bytes' }>;
type Inputs = ReadonlyMap<string, PythonText>;

function toRequest(call: Call, pointing: Pointing): ActionRequest {
  const inputs = new Map<string, PythonText>();
  const boxes = new Map<string, readonly number[]>();
  for (const [name, value] of call.args) {
    if (value.kind !== 'text' && value.kind !== 'bytes')
      throw new UnreadablePrediction(`${name} is not a string`);
    if (value.kind === 'text' && value.text === '') continue;
    const input = { ...value, text: stripStart(value.text) };
    if (!/start_box|end_box/.test(name)) inputs.set(name, input);
    else if (input.kind === 'bytes') throw new UnreadablePrediction(`${name} is bytes`);
    else boxes.set(name, toBox(input.text.replace(/[()]/g, '').split(',').map(strip), pointing));
  }
  const request: ActionRequest = {
    name: call.name,
    start: boxes.get('start_box'),
    end: boxes.get('end_box'),
  };
  switch (call.name) {
    case 'hotkey':
      return { ...request, keys: hotkeys(inputs.get('key') ?? inputs.get('hotkey')) };
    case 'keydown':
    case 'keyup':
      return { ...request, keys: [repr(inputs.get('key') ?? { kind: 'text', text: '' })] };
    case 'press':
      return { ...request, fault: 'press crashes the reference' };
    case 'type':
      return { ...request, ...typing(inputs) };
    case 'scroll':
      return { ...request, ...scroll(inputs) };
    default:
      return { ...request, isUnknown: call.name === null || !POINTING_ACTIONS.has(call.name) };
  }
}

const POINTING_ACTIONS: ReadonlySet<string> = new Set(
  'click left_single left_double right_single hover drag select'.split(' '),
);

function repr({ kind, text }: PythonText): string {
  return kind === 'bytes' ? reprBytes(text) : reprText(text);
}

const ARROW = /^arrow(left|right|up|down)$/;

/** An arrow is known only when it is the only key; "space" always. */
function hotkeys(keys: PythonText | undefined): string[] {
  if (keys === undefined) return [];
  if (keys.kind === 'bytes') return splitBlanks(keys.text).map(reprBytes);
  return splitBlanks(keys.text.replace(ARROW, '$1')).map((key) => reprText(key === 'space' ? ' ' : key));
}

function typing(inputs: Inputs): { typing: Typing } | { fault: string } | undefined {
  const content = inputs.get('content');
  if (content === undefined || content.text === '') return undefined;
  if (content.kind === 'bytes') return { fault: 'content is bytes' };
  const text = escapeSingleQuotes(content.text);
  const submits = text.endsWith('\n') || text.endsWith('\\n');
  const kept = submits ? text.slice(0, submittedEnd(text)) : text;
  return { typing: { parts: [{ literal: `'${kept}'` }], interval: '0.1', submits, pauses: true } };
}

/** First every backslash and `n` goes from the end, then every line end. */
function submittedEnd(text: string): number {
  let end = text.length;
  while (end > 0 && '\\n'.includes(text.charAt(end - 1))) end -= 1;
  while (end > 0 && text[end - 1] === '\n') end -= 1;
  return end;
}

function scroll(inputs: Inputs): { scroll: Scroll } | { fault: string } | undefined {
  const direction = inputs.get('direction');
  if (direction?.kind === 'bytes') return { fault: 'direction is bytes' };
  const clicks = verticalClicks(direction?.text ?? '');
  return clicks === undefined ? undefined : { scroll: { axis: 'vertical', clicks } };
}

/** "up" anywhere in the text wins over "down". */
export function verticalClicks(direction: string): 5 | -5 | undefined {
  const lower = direction.toLowerCase();
  if (lower.includes('up')) return 5;
  return lower.includes('down') ? -5 : undefined;
}
