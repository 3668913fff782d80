/**
 * The dialect `uitars`: does what the model meant. A prediction that the reference handles well gives the same actions;
 * the differences are the rows of `../deviations.md`.
 */

import type { Call, Value } from '../../python/call.js';
import { reprText, splitBlanks } from '../../python/text.js';
import type { ActionRequest, Dialect, MouseButton, Scroll } from '../dialect.js';
import type { ModelFacts } from '../models.js';
import { reference, verticalClicks } from '../reference.js';
import { type Box, type Pointing, toBox } from '../screen.js';
import { UnreadablePrediction } from '../unreadable.js';
import { actionNamed } from './action-names.js';
import { keyLiterals } from './keys.js';
import { readKnownCalls } from './known-calls.js';
import { docstringLiteral } from './literals.js';
import { typingOf } from './typing.js';
import { isAnswer, readXmlCalls } from './xml-calls.js';

export const uitars: Dialect = {
  readCalls,
  toRequest,
  docstring: docstringLiteral,
  keepsActionsBeforeSpecial: true,
  mayHurry: true,
};

/** Without a call of a known action the reference decides: an unknown one has no effect, anything else is an error. */
function readCalls(prediction: string, model: ModelFacts): Call[] {
  const calls = readXmlCalls(prediction) ?? readKnownCalls(prediction);
  if (calls.length > 0) return withHeldKeys(calls, model);
  if (isAnswer(prediction, model.answersInWords))
    return [{ name: 'finished', args: new Map(), positional: [] }];
  return reference.readCalls(prediction.replace(CLOSING_TAG, ''), model);
}

/** Of what some put around their actions: it says nothing. */
const CLOSING_TAG = /<\/\w+>\s*$/;

/** A key that is let go later on was held until then: its `press` is a keydown. */
function withHeldKeys(calls: readonly Call[], { pressHolds }: ModelFacts): Call[] {
  const released = new Set<string>();
  return calls
    .toReversed()
    .map((call) => {
      if (isAction(call, 'release')) released.add(keysOf(call));
      const isHeld = isAction(call, 'press') && (pressHolds || released.has(keysOf(call)));
      return isHeld ? { ...call, name: 'keydown' } : call;
    })
    .toReversed();
}

function isAction({ name }: Call, action: string): boolean {
  return name !== null && actionNamed(name) === action;
}

/** Looks only at the arguments that the action takes; one that others call otherwise is found by that name too. */
function toRequest(call: Call, pointing: Pointing): ActionRequest {
  const name = call.name === null ? null : (actionNamed(call.name) ?? call.name);
  switch (name) {
    case 'click':
    case 'left_single':
    case 'left_double':
    case 'right_single':
    case 'hover':
    case 'double_click':
    case 'triple_click':
    case 'right_click':
    case 'middle_click':
    case 'move_to':
      return { name, start: startOf(call, pointing) };
    case 'mouse_down':
    case 'mouse_up':
      return { name, start: startOf(call, pointing), button: buttonOf(call) };
    case 'drag':
    case 'select':
      return {
        name,
        start: startOf(call, pointing),
        end: boxOf(argument(call, ENDS, 1), pointing),
      };
    case 'scroll':
      return { name, start: startOf(call, pointing), ...scrollOf(call) };
    case 'hotkey':
    case 'press':
      return { name, keys: keyLiterals(keysOf(call)) };
    case 'keydown':
    case 'keyup':
    case 'release':
      return { name, keys: orEmptyKey(keyLiterals(keysOf(call))) };
    case 'type':
      return { name, typing: typingOf(contentOf(call)) };
    default:
      return { name };
  }
}

/** The first of the names that is given and not empty, else the positional argument. */
function argument(call: Call, names: readonly string[], position: number): Value | undefined {
  const named = names.map((name) => call.args.get(name)).find((value) => value && sourceOf(value) !== '');
  return named ?? call.positional[position];
}

function startOf(call: Call, pointing: Pointing): Box | undefined {
  return boxOf(argument(call, STARTS, 0), pointing);
}

const STARTS = [
  'start_box',
  'start_point',
  'point',
  'coordinate',
  'coordinates',
  'position',
  'start_coordinate',
];
const ENDS = ['end_box', 'end_point', 'end_coordinate'];

const TAG = /<[^<>]*>/g;
const AROUND_NUMBERS = /[()[\]{},;（），\u200b\ufeff]/g;

/** Numbers in any of the brackets, tags and tokens that models put around them. */
function boxOf(value: Value | undefined, pointing: Pointing): Box | undefined {
  const source = value && sourceOf(value).replace(TAG, ' ');
  return source ? toBox(splitBlanks(source.replace(AROUND_NUMBERS, ' ')), pointing) : undefined;
}

function sourceOf(value: Value): string {
  if (value.kind === 'call') throw new UnreadablePrediction('a call where a value should stand');
  return value.kind === 'other' ? value.source : value.text;
}

const BUTTONS: ReadonlyMap<string, MouseButton> = new Map([
  ['left', 'left'],
  ['middle', 'middle'],
  ['right', 'right'],
]);

function buttonOf(call: Call): MouseButton {
  const value = call.args.get('button');
  const button = value === undefined ? 'left' : BUTTONS.get(sourceOf(value).trim().toLowerCase());
  if (button !== undefined) return button;
  throw new UnreadablePrediction('a mouse button that is none of left, middle and right');
}

const QUOTED = /'([^']*)'|"([^"]*)"/g;

/** Blank-separated; also from a list of strings or from several positional ones. */
function keysOf(call: Call): string {
  const value = argument(call, ['key', 'hotkey', 'keys', 'press'], 0);
  if (value === undefined) return '';
  if (value === call.positional[0]) return call.positional.map(keyText).join(' ');
  return keyText(value);
}

function keyText(value: Value): string {
  const source = sourceOf(value);
  if (value.kind !== 'other') return source;
  const quoted = [...source.matchAll(QUOTED)].map(([, single, double]) => single ?? double);
  if (quoted.length > 0) return quoted.join(' ');
  throw new UnreadablePrediction(`a key that is not a string: ${source.slice(0, 40)}`);
}

/** As in the reference, where it has no effect either. */
function orEmptyKey(keys: string[]): string[] {
  return keys.length > 0 ? keys : [reprText('')];
}

function contentOf(call: Call): string {
  const value = argument(call, ['content', 'text'], 0);
  if (value === undefined) return '';
  const source = sourceOf(value);
  if (value.kind !== 'other' || /^[\d.]+$/.test(source)) return source;
  throw new UnreadablePrediction(`content that is not a string: ${source.slice(0, 40)}`);
}

/** The vertical directions as in the reference; the prompt offers left and right as well. */
function scrollOf(call: Call): { scroll: Scroll } | undefined {
  const value = call.args.get('direction');
  if (value === undefined) return undefined;
  if (value.kind !== 'text') throw new UnreadablePrediction('direction is not a string');
  const vertical = verticalClicks(value.text.replace('上', 'up').replace('下', 'down'));
  if (vertical !== undefined) return { scroll: { axis: 'vertical', clicks: vertical } };
  const lower = value.text.toLowerCase();
  if (/left|左/.test(lower)) return { scroll: { axis: 'horizontal', clicks: -5 } };
  return /right|右/.test(lower) ? { scroll: { axis: 'horizontal', clicks: 5 } } : undefined;
}
