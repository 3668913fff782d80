/** Words of the shell: quotes, escapes, variables, command substitution and arithmetic. */
import { Scanner } from './scanner.js';
import { type Script, ShellSyntaxError, type Word, type WordPart } from './syntax.js';

/** Reads a script up to its closing parenthesis, which is taken. */
type ReadScript = (scanner: Scanner) => Script;

const PLAIN = /^[^\s;&|()<>'"$`\\]+/;
const PLAIN_IN_QUOTES = /^[^"$`\\]+/;
const NAME = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/;
/** In `${…}` only a `}` ends a word. */
const PLAIN_IN_BRACES = /^[^'"$`\\}]+/;

/** An empty word when none begins here; `''` is a word with one empty part. */
export function readWord(scanner: Scanner, readScript: ReadScript, plain = PLAIN): Word {
  const parts: WordPart[] = [];
  for (;;) {
    const text = scanner.takePattern(plain);
    if (text !== null) {
      parts.push({ type: 'text', text, quoted: false });
    } else if (scanner.take('\\')) {
      const escaped = scanner.next();
      if (escaped !== '\n') parts.push({ type: 'text', text: escaped === '' ? '\\' : escaped, quoted: true });
    } else if (scanner.take("'")) {
      parts.push({ type: 'text', text: readUntil(scanner, "'"), quoted: true });
    } else if (scanner.take('"')) {
      parts.push({ type: 'text', text: '', quoted: true }, ...readDoubleQuoted(scanner, readScript));
    } else if (scanner.peek() === '$' || scanner.peek() === '`') {
      parts.push(readExpansion(scanner, readScript, false));
    } else {
      return parts;
    }
  }
}

function readDoubleQuoted(scanner: Scanner, readScript: ReadScript): WordPart[] {
  const parts: WordPart[] = [];
  while (!scanner.take('"')) {
    const text = scanner.takePattern(PLAIN_IN_QUOTES);
    if (text !== null) {
      parts.push({ type: 'text', text, quoted: true });
    } else if (scanner.take('\\')) {
      const escaped = scanner.next();
      const kept = '"$`\\'.includes(escaped) && escaped !== '' ? escaped : `\\${escaped}`;
      parts.push({ type: 'text', text: escaped === '\n' ? '' : kept, quoted: true });
    } else if (scanner.done()) {
      throw new ShellSyntaxError('unexpected EOF while looking for matching `"\'');
    } else {
      parts.push(readExpansion(scanner, readScript, true));
    }
  }
  return parts;
}

/** `$` or a backquote is next. */
function readExpansion(scanner: Scanner, readScript: ReadScript, quoted: boolean): WordPart {
  if (scanner.take('`')) {
    return { type: 'command', script: readScript(new Scanner(`${readUntil(scanner, '`')})`)), quoted };
  }
  scanner.take('$');
  if (scanner.take('((')) return { type: 'arithmetic', expression: readArithmetic(scanner), quoted };
  if (scanner.take('(')) return { type: 'command', script: readScript(scanner), quoted };
  if (scanner.take('{')) return readBraces(scanner, readScript, quoted);
  const name = scanner.takePattern(NAME);
  return name === null
    ? { type: 'text', text: '$', quoted: true }
    : { type: 'variable', name, fallback: null, quoted };
}

function readBraces(scanner: Scanner, readScript: ReadScript, quoted: boolean): WordPart {
  const name = scanner.takePattern(NAME);
  if (name === null) throw new ShellSyntaxError('bad substitution');
  const fallback =
    scanner.take(':-') || scanner.take('-') ? readWord(scanner, readScript, PLAIN_IN_BRACES) : null;
  if (!scanner.take('}')) {
    throw new ShellSyntaxError(`\${${name}…}: this substitution is not supported by the simulated shell`);
  }
  return { type: 'variable', name, fallback, quoted };
}

/** Up to the closing `))`, which is taken. */
function readArithmetic(scanner: Scanner): string {
  let expression = '';
  for (let depth = 0; depth > 0 || !scanner.take('))'); ) {
    if (scanner.done()) throw new ShellSyntaxError("unexpected EOF while looking for matching `)'");
    const char = scanner.next();
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    expression += char;
  }
  return expression;
}

function readUntil(scanner: Scanner, quote: string): string {
  let text = '';
  while (!scanner.take(quote)) {
    if (scanner.done()) throw new ShellSyntaxError(`unexpected EOF while looking for matching \`${quote}'`);
    text += scanner.next();
  }
  return text;
}
