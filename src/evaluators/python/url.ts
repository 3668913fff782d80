/** Python's `urllib.parse.urlparse`; it keeps what WHATWG's URL normalizes away, and takes what URL refuses. */
import { isIPv6 } from 'node:net';
import { PythonError } from './errors.js';

export interface ParsedUrl {
  scheme: string;
  netloc: string;
  path: string;
  params: string;
  query: string;
  fragment: string;
}

/** Schemes whose last path segment may have `;params`. */
const WITH_PARAMS = new Set([
  '',
  'ftp',
  'hdl',
  'prospero',
  'http',
  'https',
  'shttp',
  'rtsp',
  'rtsps',
  'sip',
  'sips',
  'mms',
  'sftp',
  'tel',
]);

const C0_AND_BLANK = String.raw`\x00-\x20`;
const LEADING_BLANKS = new RegExp(`^[${C0_AND_BLANK}]+`);

/** Throws ValueError for a host in brackets that is not an IPv6 address, and for characters that would become delimiters. */
export function urlparse(url: string): ParsedUrl {
  let rest = url.replace(LEADING_BLANKS, '').replace(/[\t\r\n]/g, '');
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(rest)?.[1] ?? '';
  if (scheme !== '') rest = rest.slice(scheme.length + 1);
  const netloc = /^\/\/([^/?#]*)/.exec(rest)?.[1];
  if (netloc !== undefined) rest = rest.slice(2 + netloc.length);
  checkNetloc(netloc ?? '');
  const [beforeFragment, fragment] = cut(rest, '#');
  const [beforeQuery, query] = cut(beforeFragment, '?');
  const [path, params] = WITH_PARAMS.has(scheme.toLowerCase()) ? cutParams(beforeQuery) : [beforeQuery, ''];
  return { scheme: scheme.toLowerCase(), netloc: netloc ?? '', path, params, query, fragment };
}

function checkNetloc(netloc: string): void {
  if (netloc.includes('[') !== netloc.includes(']')) throw new PythonError('ValueError', 'Invalid IPv6 URL');
  const bracketed = /\[([^\]]*)\]/.exec(netloc)?.[1];
  if (bracketed !== undefined && !isIPv6(bracketed) && !/^v[\da-fA-F]+\..+$/s.test(bracketed))
    throw new PythonError('ValueError', `'${bracketed}' does not appear to be an IPv4 or IPv6 address`);
  const characters = netloc.replace(/[@:#?]/g, '');
  const composed = characters.normalize('NFKC');
  if (composed !== characters && /[/?#@:]/.test(composed))
    throw new PythonError(
      'ValueError',
      `netloc '${netloc}' contains invalid characters under NFKC normalization`,
    );
}

function cut(content: string, separator: string): [string, string] {
  const at = content.indexOf(separator);
  return at < 0 ? [content, ''] : [content.slice(0, at), content.slice(at + 1)];
}

/** Only the last segment can have params. */
function cutParams(path: string): [string, string] {
  const at = path.indexOf(';', path.lastIndexOf('/') + 1);
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}
