/** `json.loads`, which reads more than JSON (NaN, Infinity) and refuses what is nested too deeply. */
import { randomUUID } from 'node:crypto';
import { PythonError } from './errors.js';
import { decode } from './text.js';

/** CPython's stack has 1000 frames, of which its caller has some. */
const MAX_DEPTH = 990;

/** `json.loads(text)`. */
export function parseJson(text: string): unknown {
  const { depth, constants } = scan(text);
  if (depth > MAX_DEPTH) throw new PythonError('RecursionError', 'maximum recursion depth exceeded');
  try {
    return constants.length === 0 ? JSON.parse(text) : parseWithConstants(text, constants);
  } catch (cause) {
    throw new PythonError('JSONDecodeError', cause instanceof Error ? cause.message : 'invalid JSON', {
      cause,
    });
  }
}

/** `json.loads(bytes)`, which finds out the encoding: UTF-8 or UTF-16, with or without a byte order mark. */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  const [first, second] = bytes;
  // The first character of JSON is in ASCII, so that a NUL tells which of its bytes comes first.
  const isLittle = (first === 0xff && second === 0xfe) || second === 0;
  const isBig = (first === 0xfe && second === 0xff) || first === 0;
  if (bytes.length < 2 || !(isLittle || isBig)) return parseJson(withoutMark(decodeWithHalves(bytes)));
  return parseJson(withoutMark(decode(bytes, isLittle ? 'utf-16le' : 'utf-16be')));
}

/** Python lets a half of a surrogate pair pass that is encoded by itself. */
function decodeWithHalves(bytes: Uint8Array): string {
  const parts = Buffer.from(bytes)
    .toString('latin1')
    .split(/(\xed[\xa0-\xbf][\x80-\xbf])/);
  return parts
    .map((part, index) => {
      if (index % 2 === 0) return decode(Buffer.from(part, 'latin1'));
      return String.fromCharCode(0xd000 | ((part.charCodeAt(1) & 0x3f) << 6) | (part.charCodeAt(2) & 0x3f));
    })
    .join('');
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

const CONSTANT = /NaN|Infinity/y;

/** How deeply lists and objects are nested, and where constants are that JSON does not have. */
function scan(text: string): { depth: number; constants: number[] } {
  const constants: number[] = [];
  let depth = 0;
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === '[' || char === '{') depth = Math.max(depth, ++open);
    else if (char === ']' || char === '}') open -= 1;
    else if (char === 'N' || char === 'I') {
      CONSTANT.lastIndex = at;
      const length = CONSTANT.exec(text)?.[0].length ?? 0;
      if (length > 0) constants.push(at);
      at += Math.max(0, length - 1);
    }
  }
  return { depth, constants };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** What stands for a constant is valid where a number is, and nowhere else. */
function parseWithConstants(text: string, constants: readonly number[]): unknown {
  const nan = `NaN ${randomUUID()}`;
  let end = 0;
  let json = '';
  for (const at of constants) {
    const isNan = text[at] === 'N';
    json += text.slice(end, at);
    end = at + (isNan ? 'NaN' : 'Infinity').length;
    // JSON's numbers have no limit, so that 1e999 is infinite.
    if (!isNan) json += text[at - 1] === '-' ? '1e999 ' : ' 1e999 ';
    else json += /^\s*:/.test(text.slice(end, end + 100)) ? 'NaN' : JSON.stringify(nan);
  }
  return JSON.parse(json + text.slice(end), (_, value: unknown) => (value === nan ? Number.NaN : value));
}
