/** A list of strings in Python's syntax, which is also how gsettings prints one. */
import { PythonError } from './errors.js';

const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', "'": "'", '"': '"', '\\': '\\' };

/** Throws SyntaxError for everything else; the reference would execute it as code. */
export function parseStringList(content: string): string[] {
  const list = content.trim();
  if (!list.startsWith('[') || !list.endsWith(']')) throw invalid(content);
  const members: string[] = [];
  let at = skipBlanks(list, 1);
  while (list[at] !== ']') {
    STRING.lastIndex = at;
    const literal = STRING.exec(list)?.[0];
    if (literal === undefined) throw invalid(content);
    members.push(unescapeString(literal.slice(1, -1), content));
    at = skipBlanks(list, at + literal.length);
    if (list[at] === ',') at = skipBlanks(list, at + 1);
    else if (list[at] !== ']') throw invalid(content);
  }
  if (at !== list.length - 1) throw invalid(content);
  return members;
}

function skipBlanks(list: string, at: number): number {
  let next = at;
  while (/\s/.test(list[next] ?? '')) next += 1;
  return next;
}

function unescapeString(body: string, content: string): string {
  return body.replace(/\\(.)/g, (_, char: string) => {
    const meant = ESCAPES[char];
    if (meant === undefined) throw invalid(content);
    return meant;
  });
}

function invalid(content: string): PythonError {
  return new PythonError('SyntaxError', `not a list of strings: ${content.slice(0, 200)}`);
}
