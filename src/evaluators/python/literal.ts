/** A list of strings in Python's syntax, which is also how gsettings prints one. */
import { Lexer } from '../../python/lexer.js';
import { SourceError } from '../../python/source-error.js';
import { PythonError } from './errors.js';

/** Throws SyntaxError for everything else; the reference would execute it as code. */
export function parseStringList(content: string): string[] {
  try {
    if (content.includes('\0')) throw new SourceError('source code string cannot contain null bytes', 0);
    return readList(new Lexer(content.replace(/^[ \t\n\r\f]+|[ \t\n\r\f]+$/g, '')));
  } catch (cause) {
    if (!(cause instanceof SourceError)) throw cause;
    throw new PythonError('SyntaxError', `not a list of strings: ${content.slice(0, 200)}`, { cause });
  }
}

function readList(lexer: Lexer): string[] {
  if (lexer.char !== '[') throw lexer.error('not a list');
  const members: string[] = [];
  lexer.open();
  while (!lexer.closed(']')) {
    const member = lexer.strings();
    if (member?.kind !== 'text') throw lexer.error('not a string');
    members.push(member.text);
    lexer.skipBlanks();
    lexer.skipComma(']');
  }
  if (lexer.at < lexer.source.length) throw lexer.error('more than a list');
  return members;
}
