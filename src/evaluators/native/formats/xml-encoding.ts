/** In which encoding an XML document is written, as Python's expat finds it out. */
import { TextDecoder } from 'node:util';
import { PythonError } from '../../python/errors.js';

const DECLARED = /^<\?xml[^>]*?\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;
/** Encodings in which one character may be several bytes; of these expat knows its own ones only. */
const MULTI_BYTE = /^(?:gb|big5|euc|shift|iso-2022|utf-(?!8$|16))/;

/** The text of a document. Throws ParseError for bytes that are none, LookupError or ValueError for an encoding that cannot be used. */
export function decodeXml(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('latin1');
  const utf16 = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : undefined;
  const head = utf16 === undefined ? bytes.subarray(0, 200).toString('latin1') : '';
  const [, first, second] = DECLARED.exec(head.replace(/^\xef\xbb\xbf/, '')) ?? [];
  // A mark tells the encoding; a declaration must not say otherwise.
  const named = first ?? second;
  if (named !== undefined && !/^[a-z][\w.-]*$/i.test(named))
    throw notXml(`${named} is not an encoding's name`);
  const text = decodeAs(utf16 ?? named ?? 'utf-8', bytes);
  const [, own, other] = utf16 === undefined ? [] : (DECLARED.exec(text) ?? []);
  const declared = own ?? other;
  if (declared !== undefined && !/^utf-16/i.test(declared))
    throw notXml('it is not in the encoding that it declares');
  return text;
}

function decodeAs(encoding: string, bytes: Buffer): string {
  const label = encoding.toLowerCase();
  if (/^(?:iso-8859-1|latin-?1)$/.test(label)) return bytes.toString('latin1');
  if (/^(?:us-)?ascii$/.test(label) && bytes.some((byte) => byte > 127))
    throw notXml(`it is not ${encoding}`);
  // A declaration that can be read as bytes is not in UTF-16.
  if (label === 'utf-16') throw notXml('it is not in the encoding that it declares');
  if (MULTI_BYTE.test(label)) throw new PythonError('ValueError', 'multi-byte encodings are not supported');
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch (cause) {
    throw new PythonError('LookupError', `unknown encoding: ${encoding}`, { cause });
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw notXml(`it is not ${encoding}`, cause);
  }
}

function notXml(why: string, cause?: unknown): PythonError {
  return new PythonError('ParseError', `not well-formed: ${why}`, { cause });
}
