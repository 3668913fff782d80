/** One word for a POSIX shell, whatever is in it: within single quotes nothing is special but the quote itself. */
export function singleQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The same, without quotes where a person would write none. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(word) ? word : singleQuoted(word);
}

/** A command line that does what the list says. The first word is quoted where a shell would take it for an assignment. */
export function shellLine([program = '', ...args]: readonly string[]): string {
  const first = program.includes('=') ? singleQuoted(program) : shellQuote(program);
  return [first, ...args.map(shellQuote)].join(' ');
}
