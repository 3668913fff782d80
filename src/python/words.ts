/** Python's words: identifiers, keywords and the constants that are written as a word. */

export interface Word {
  /** As Python compares identifiers, in the normal form NFKC: ｃｌｉｃｋ is click. */
  text: string;
  /** Python looks for keywords before it normalizes. */
  kind: 'identifier' | 'keyword' | 'constant';
}

/** A sticky pattern. */
export const WORD = /[\p{XID_Start}_]\p{XID_Continue}*/uy;

const KEYWORDS = new Set(
  `and as assert async await break class continue def del elif else except finally for from global if import in is
  lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);
const CONSTANTS = new Set(['True', 'False', 'None']);

/** What a match of WORD is. */
export function wordOf(source: string): Word {
  const kind = KEYWORDS.has(source) ? 'keyword' : CONSTANTS.has(source) ? 'constant' : 'identifier';
  return { text: source.normalize('NFKC'), kind };
}
