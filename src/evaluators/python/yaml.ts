/** `yaml.safe_load` of PyYAML, which reads YAML 1.1. */
import { Lexer, parseDocument, type Tags, visit } from 'yaml';
import { PythonError } from './errors.js';

/** Throws PythonError where PyYAML raises: no YAML, an unknown tag, an anchor twice, more than one document. */
export function parseYaml(content: string): unknown {
  if (UNPRINTABLE.test(content) || hasTab(content))
    throw new PythonError('ValueError', 'there are characters that PyYAML does not read');
  // In YAML 1.1 this is a line end too.
  const document = parseDocument(content.replaceAll('\x85', '\n'), {
    version: '1.1',
    uniqueKeys: false,
    customTags: floatsOfPyYaml,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new PythonError('ValueError', problem.message, { cause: problem });
  const anchors: string[] = [];
  visit(document, { Value: (_, { anchor }) => void (anchor !== undefined && anchors.push(anchor)) });
  if (new Set(anchors).size < anchors.length) throw new PythonError('ValueError', 'found duplicate anchor');
  return document.toJS();
}

/** yaml/reader.py */
const UNPRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const PLAIN_SCALAR = '\x1f';

/** PyYAML takes tabs only within quotes, blocks and comments. */
function hasTab(content: string): boolean {
  if (!content.includes('\t')) return false;
  let [header, last] = ['', ''];
  for (const token of new Lexer().lex(content)) {
    const isPlain = last === PLAIN_SCALAR && !/^[|>]/.test(header);
    const isBetween = last !== PLAIN_SCALAR && /^\s+$|^#/.test(token);
    if (token.includes('\t') && (isPlain || (isBetween && !token.startsWith('#')))) return true;
    if (!isBetween) [header, last] = [last, token];
  }
  return false;
}

/** To PyYAML a number with an exponent has a dot and a sign: 1e3 is a text (yaml/resolver.py). */
function floatsOfPyYaml(tags: Tags): Tags {
  return tags.map((tag) =>
    typeof tag === 'object' && !tag.collection && tag.format === 'EXP'
      ? { ...tag, test: /^[-+]?[0-9][0-9_]*\.[0-9_]*[eE][-+][0-9]+$/ }
      : tag,
  );
}
