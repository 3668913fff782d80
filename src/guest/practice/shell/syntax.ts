/** The syntax tree of the shell: lists of pipelines of simple commands. */

export type WordPart =
  | { type: 'text'; text: string; quoted: boolean }
  /** `$NAME`, `${NAME:-fallback}` */
  | { type: 'variable'; name: string; fallback: Word | null; quoted: boolean }
  | { type: 'command'; script: Script; quoted: boolean }
  | { type: 'arithmetic'; expression: string; quoted: boolean };

export type Word = readonly WordPart[];

export interface Redirect {
  descriptor: 0 | 1 | 2;
  /** `&>` is two redirects; `>&` takes another descriptor. */
  operator: '<' | '>' | '>>' | '>&';
  target: Word;
}

export interface SimpleCommand {
  assignments: { name: string; value: Word }[];
  words: Word[];
  redirects: Redirect[];
}

export interface Subshell {
  subshell: Script;
  redirects: Redirect[];
}

export interface ScriptItem {
  /** How it hangs on the item before it. */
  when: 'always' | 'success' | 'failure';
  negated: boolean;
  pipeline: (SimpleCommand | Subshell)[];
}

export type Script = readonly ScriptItem[];

/** What is not read: a real syntax error, or shell syntax that this shell does not have. */
export class ShellSyntaxError extends Error {}
