/** What the source between the quotes of a Python string literal says. */
import { orNull, UnreadablePrediction } from '../actions/unreadable.js';
import { characterNamed } from './unicode-names.js';

/** What a body says, also when Python refuses it (`C:\Users`): then its writer did not escape backslashes. */
export function decodeAsMeant(body: string, prefix: string): string {
  return orNull(() => decodeBody(body, prefix.replace('b', ''))) ?? decodeUnescaped(body);
}

/** Only escaped quotes and backslashes mean something, and a last `\n`, which submits. */
export function decodeUnescaped(body: string): string {
  return body.replace(/\\([\\'"])/g, '$1').replace(/\\n$/, '\n');
}

/** What a body says. Throws UnreadablePrediction where Python finds a SyntaxError. */
export function decodeBody(body: string, prefix: string): string {
  const isBytes = prefix.includes('b');
  if (isBytes && NOT_ASCII.test(body))
    throw new UnreadablePrediction('a bytes literal with a non-ASCII character');
  if (prefix.includes('r')) return body;
  return body.replace(
    ESCAPE,
    (sequence, octal?: string, byte?: string, wide?: string, name?: string, char = '') => {
      if (octal !== undefined) return octalChar(octal, isBytes);
      if (byte !== undefined) return fromHex(byte);
      if (isBytes && /^\\[uUN]/.test(sequence)) return sequence;
      if (wide !== undefined) return fromHex(wide.slice(1));
      return name === undefined ? simpleEscape(sequence, char) : named(name);
    },
  );
}

const NOT_ASCII = /[\u0080-\uffff]/;
const ESCAPE =
  /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|(u[\da-fA-F]{4}|U[\da-fA-F]{8})|N\{([^{}]{1,88})\}|(\r\n|[\s\S]))/gu;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
  '\r': '',
  '\r\n': '',
};

function simpleEscape(sequence: string, char: string): string {
  if ('xuUN'.includes(char)) throw new UnreadablePrediction(`an incomplete escape ${sequence} in a string`);
  return SIMPLE_ESCAPES[char] ?? sequence; // Python keeps an unknown escape as it stands.
}

function octalChar(octal: string, isBytes: boolean): string {
  return String.fromCodePoint(Number.parseInt(octal, 8) % (isBytes ? 0x100 : 0x200));
}

function fromHex(hex: string): string {
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff) throw new UnreadablePrediction(`\\U${hex} in a string is no character`);
  return String.fromCodePoint(code);
}

function named(name: string): string {
  const char = characterNamed(name);
  if (char === undefined)
    throw new UnreadablePrediction(`\\N{${name}} in a string: arpo-env does not know that name`);
  return char;
}
