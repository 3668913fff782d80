/** Expansion of words: tilde, variables, command output, arithmetic, then fields and file names. */
import { posix } from 'node:path';
import type { MemoryFiles } from '../files/memory-files.js';
import { evaluateArithmetic } from './arithmetic.js';
import type { ShellState } from './shell.js';
import type { Script, Word, WordPart } from './syntax.js';

interface Expansion {
  shell: ShellState;
  files: MemoryFiles;
  /** Output of `$(…)`. */
  substitute: (script: Script) => Promise<string>;
}

/** Text with what may not be split or taken for a pattern marked. */
interface Piece {
  text: string;
  quoted: boolean;
}

const UNQUOTED_GLOB = /[*?[]/;

/** A word as one text: of assignments and redirects. */
export async function expandText(word: Word, expansion: Expansion): Promise<string> {
  let text = '';
  for (const [index, part] of word.entries()) {
    text += (await expandPart(part, index === 0, expansion)).text;
  }
  return text;
}

/** A word as arguments: none when all of it came from empty variables, several when it was split or a pattern. */
export async function expandFields(word: Word, expansion: Expansion): Promise<string[]> {
  const fields: Piece[][] = [];
  let open = false;
  for (const [index, part] of word.entries()) {
    if (part.type === 'variable' && (part.name === '@' || part.name === '*') && part.quoted) {
      for (const [position, value] of expansion.shell.positional.entries()) {
        const piece = { text: value, quoted: true };
        if (position === 0 && open) fields.at(-1)?.push(piece);
        else fields.push([piece]);
        open = true;
      }
      continue;
    }
    const piece = await expandPart(part, index === 0, expansion);
    const chunks = piece.quoted || part.type === 'text' ? [piece.text] : piece.text.split(/[ \t\n]+/);
    for (const [position, chunk] of chunks.entries()) {
      if (position > 0) open = false;
      if (chunk === '' && !piece.quoted) continue;
      if (open) fields.at(-1)?.push({ text: chunk, quoted: piece.quoted });
      else fields.push([{ text: chunk, quoted: piece.quoted }]);
      open = true;
    }
  }
  return fields.flatMap((field) => expandFileNames(field, expansion));
}

async function expandPart(part: WordPart, first: boolean, expansion: Expansion): Promise<Piece> {
  const { shell } = expansion;
  switch (part.type) {
    case 'text': {
      const home = first && !part.quoted && /^~(?=\/|$)/.test(part.text) ? variable(shell, 'HOME') : null;
      return { text: home === null ? part.text : home + part.text.slice(1), quoted: part.quoted };
    }
    case 'variable': {
      const value = variable(shell, part.name);
      const text = value === '' && part.fallback ? await expandText(part.fallback, expansion) : value;
      return { text, quoted: part.quoted };
    }
    case 'command':
      return { text: await expansion.substitute(part.script), quoted: part.quoted };
    case 'arithmetic':
      return {
        text: String(evaluateArithmetic(part.expression, (name) => variable(shell, name))),
        quoted: part.quoted,
      };
  }
}

function variable(shell: ShellState, name: string): string {
  if (name === '?') return String(shell.status);
  if (name === '#') return String(shell.positional.length);
  if (name === '@' || name === '*') return shell.positional.join(' ');
  if (name === '0') return shell.name;
  if (name === 'PWD') return shell.cwd;
  if (/^\d$/.test(name)) return shell.positional[Number(name) - 1] ?? '';
  return shell.variables.get(name) ?? '';
}

/** The files that a pattern matches, or the word as it is when there are none. */
function expandFileNames(field: readonly Piece[], { shell, files }: Expansion): string[] {
  const text = field.map((piece) => piece.text).join('');
  if (!field.some((piece) => !piece.quoted && UNQUOTED_GLOB.test(piece.text))) return [text];
  const segments = patternSegments(field);
  const absolute = text.startsWith('/');
  let found = [absolute ? '/' : ''];
  for (const segment of segments.filter((pattern) => pattern !== '')) {
    const matches = new RegExp(`^${segment}$`, 'su');
    found = found.flatMap((path) => {
      const folder = posix.resolve(shell.cwd, path);
      const names = files.kind(folder) === 'directory' ? files.list(folder) : [];
      return names
        .filter((name) => matches.test(name) && (segment.startsWith('\\.') || !name.startsWith('.')))
        .map((name) => posix.join(path, name));
    });
  }
  return found.length > 0 ? found : [text];
}

/** One regular expression per path segment. */
function patternSegments(field: readonly Piece[]): string[] {
  const segments = [''];
  for (const { text, quoted } of field) {
    for (const [token] of text.matchAll(/\[!?[^\]/]+\]|[\s\S]/gu)) {
      if (token === '/') segments.push('');
      else segments.push(`${segments.pop()}${quoted ? escapeRegExp(token) : patternToken(token)}`);
    }
  }
  return segments;
}

function patternToken(token: string): string {
  if (token === '*') return '.*';
  if (token === '?') return '.';
  if (token.length < 3 || !token.startsWith('[')) return escapeRegExp(token);
  return `[${token
    .slice(1, -1)
    .replace(/^!/, '^')
    .replace(/[\\[\]]/g, '\\$&')}]`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
