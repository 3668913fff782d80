/**
 * The dialect `uitars`: does what the model meant. A prediction that the reference handles well gives the same actions;
 * the differences are the rows of `../deviations.md`.
 */

import type { Call, Value } from '../../python/call.js';
import { reprText, splitBlanks } from '../../python/text.js';
import type { ActionRequest, Dialect, Scroll } from '../dialect.js';
import { reference, verticalClicks } from '../reference.js';
import { type Box, type Size, toBox } from '../screen.js';
import { UnreadablePrediction } from '../unreadable.js';
import { actionNamed } from './action-names.js';
import { keyLiterals } from './keys.js';
import { readKnownCalls } from './known-calls.js';
import { docstringLiteral } from './literals.js';
import { typingOf } from './typing.js';

export const uitars: Dialect = {
  readCalls,
  toRequest,
  docstring: docstringLiteral,
  keepsActionsBeforeSpecial: true,
};

/** Without a call of a known action the reference decides: an unknown one has no effect, anything else is an error. */
function readCalls(prediction: string): Call[] {
  const calls = readKnownCalls(prediction);
  return calls.length > 0 ? calls : reference.readCalls(prediction);
}

/** Looks only at the arguments that the action takes; one that others call otherwise is found by that name too. */
function toRequest(call: Call, seen: Size): ActionRequest {
  const name = call.name === null ? null : (actionNamed(call.name) ?? call.name);
  switch (name) {
    case 'click':
    case 'left_single':
    case 'left_double':
    case 'right_single':
    case 'hover':
      return { name, start: startOf(call, seen) };
    case 'drag':
    case 'select':
      return {
        name,
        start: startOf(call, seen),
        end: boxOf(argument(call, ['end_box', 'end_point'], 1), seen),
      };
    case 'scroll':
      return { name, start: startOf(call, seen), ...scrollOf(call) };
    case 'hotkey':
    case 'press':
      return { name, keys: keyLiterals(keysOf(call)) };
    case 'keydown':
    case 'keyup':
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

function startOf(call: Call, seen: Size): Box | undefined {
  return boxOf(argument(call, ['start_box', 'start_point', 'point', 'coordinate'], 0), seen);
}

const TAG = /<[|/]?\w+\|?>/g;
const AROUND_NUMBERS = /[()[\]{},;（），\u200b\ufeff]/g;

/** Numbers in any of the brackets, tags and tokens that models put around them. */
function boxOf(value: Value | undefined, seen: Size): Box | undefined {
  const source = value && sourceOf(value).replace(TAG, ' ');
  return source ? toBox(splitBlanks(source.replace(AROUND_NUMBERS, ' ')), seen) : undefined;
}

function sourceOf(value: Value): string {
  if (value.kind === 'call') throw new UnreadablePrediction('a call where a value should stand');
  return value.kind === 'other' ? value.source : value.text;
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
