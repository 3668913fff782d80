/**
 * What a function is called with, as JSON for the worker. What JSON has not, and what could be taken for it, are objects of
 * one `$` key (templates/evaluators/values.py). A guest decides how large it is, so others have their turn in between.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Encoding {
  /** A string that is the path of a file in it is one of the worker's there. */
  cacheDir: string;
  /** What the worker itself kept comes with this name, which no guest can know. */
  evaluation: string;
}

const PART = 64 * 1024;
const TURN_MS = 5;

export async function encode(value: unknown, encoding: Encoding): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  let text = '';
  let began = performance.now();
  for (const piece of piecesOf(value, encoding)) {
    text += piece;
    if (text.length < PART) continue;
    parts.push(Buffer.from(text));
    text = '';
    if (performance.now() - began < TURN_MS) continue;
    await nextTurn();
    began = performance.now();
  }
  return [...parts, Buffer.from(text)];
}

function* piecesOf(value: unknown, encoding: Encoding): Generator<string> {
  if (typeof value === 'string') yield* ofString(value, encoding.cacheDir);
  else if (typeof value === 'number') {
    yield Number.isFinite(value) ? String(value) : `{"$float":"${value}"}`;
  } else if (typeof value === 'bigint') yield `{"$int":"${value}"}`;
  else if (typeof value === 'boolean') yield String(value);
  else if (Array.isArray(value)) yield* ofList(value, encoding);
  else if (typeof value !== 'object' || value === null) yield 'null';
  else if ('$kept' in value && String(value.$kept).startsWith(`${encoding.evaluation}/`)) {
    yield JSON.stringify(value);
  } else yield* ofObject(Object.entries(value), encoding);
}

function* ofString(text: string, cacheDir: string): Generator<string> {
  if (text.startsWith(`${cacheDir}/`)) {
    yield JSON.stringify({ $file: text.slice(cacheDir.length + 1) });
    return;
  }
  yield '"';
  // Half of a pair of surrogates becomes an escape, and two of those are a pair again.
  for (let at = 0; at < text.length; at += PART) yield JSON.stringify(text.slice(at, at + PART)).slice(1, -1);
  yield '"';
}

function* ofList(items: readonly unknown[], encoding: Encoding): Generator<string> {
  yield '[';
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ',';
    yield* piecesOf(item, encoding);
  }
  yield ']';
}

function* ofObject(members: readonly [string, unknown][], encoding: Encoding): Generator<string> {
  if (members.some(([key]) => key.startsWith('$'))) {
    yield '{"$object":';
    yield* ofList(members, encoding);
    yield '}';
    return;
  }
  yield '{';
  for (const [index, [key, member]] of members.entries()) {
    yield `${index > 0 ? ',' : ''}${JSON.stringify(key)}:`;
    yield* piecesOf(member, encoding);
  }
  yield '}';
}
