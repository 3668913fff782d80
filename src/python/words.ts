/** Identifiers of Python, and the words that are none. */

export interface Word {
  /** As Python compares identifiers, in the normal form NFKC: ｃｌｉｃｋ is click. */
  text: string;
  /** Python looks for keywords before it normalizes. */
  kind: 'identifier' | 'keyword' | 'constant';
}

export const WORD = /[\p{XID_Start}_]\p{XID_Continue}*/uy;

const KEYWORDS = new Set(
  `and as assert async await break class continue def del elif else except finally for from global if import in is
  lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);
const CONSTANTS = new Set(['True', 'False', 'None']);

export function wordOf(source: string): Word {
  const kind = KEYWORDS.has(source) ? 'keyword' : CONSTANTS.has(source) ? 'constant' : 'identifier';
  return { text: source.normalize('NFKC'), kind };
}
