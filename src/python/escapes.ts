/** What the source between the quotes of a Python string literal says. */
import { SourceError } from './source-error.js';
import { characterNamed } from './unicode-names.js';

/** What a body says, also when Python refuses it (`C:\Users`): then its writer did not escape backslashes. */
export function decodeAsMeant(body: string, prefix: string): string {
  return decodeOrNull(body, prefix.replace('b', '')) ?? decodeUnescaped(body);
}

/** Only escaped quotes and backslashes mean something, and a last `\n`, which submits. */
export function decodeUnescaped(body: string): string {
  return body.replace(/\\([\\'"])/g, '$1').replace(/\\n$/, '\n');
}

/** What a body says; null where `decodeBody` throws SourceError. */
export function decodeOrNull(body: string, prefix: string): string | null {
  try {
    return decodeBody(body, prefix, 0);
  } catch (error) {
    if (error instanceof SourceError) return null;
    throw error;
  }
}

/** What a body says; `at` is where its literal begins. Throws SourceError. */
export function decodeBody(body: string, prefix: string, at: number): string {
  const isBytes = prefix.includes('b');
  if (isBytes && NOT_ASCII.test(body)) {
    throw new SourceError('bytes can only contain ASCII literal characters', at);
  }
  if (prefix.includes('r')) return body;
  return body.replace(
    ESCAPE,
    (sequence, octal?: string, byte?: string, wide?: string, name?: string, char = '') => {
      if (octal !== undefined) return octalChar(octal, isBytes);
      if (byte !== undefined) return fromHex(byte, at);
      if (isBytes && /^\\[uUN]/.test(sequence)) return sequence;
      if (wide !== undefined) return fromHex(wide.slice(1), at);
      return name === undefined ? simpleEscape(sequence, char, isBytes, at) : named(name, at);
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
/** Escapes that ESCAPE finds only when they are complete. */
const INCOMPLETE: Readonly<Record<string, string>> = {
  x: 'truncated \\xXX escape',
  u: 'truncated \\uXXXX escape',
  U: 'truncated \\UXXXXXXXX escape',
  N: 'malformed \\N character escape',
};

function simpleEscape(sequence: string, char: string, isBytes: boolean, at: number): string {
  const incomplete = INCOMPLETE[char];
  if (incomplete === undefined) return SIMPLE_ESCAPES[char] ?? sequence; // Python keeps an unknown escape as it stands.
  throw isBytes ? new SourceError('(value error) invalid \\x escape', at) : unicodeError(incomplete, at);
}

function octalChar(octal: string, isBytes: boolean): string {
  return String.fromCodePoint(Number.parseInt(octal, 8) % (isBytes ? 0x100 : 0x200));
}

function fromHex(hex: string, at: number): string {
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff) throw unicodeError('illegal Unicode character', at);
  return String.fromCodePoint(code);
}

function named(name: string, at: number): string {
  const char = characterNamed(name);
  if (char !== undefined) return char;
  throw new SourceError(`\\N{${name}} in a string: arpo-env does not know that name`, at, 'unknown');
}

function unicodeError(what: string, at: number): SourceError {
  return new SourceError(`(unicode error) 'unicodeescape' codec can't decode bytes: ${what}`, at);
}
