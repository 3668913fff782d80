/** One word for a POSIX shell, whatever is in it: plain where it can be, else in single quotes. */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that does what the list says. The first word is quoted where a shell would take it for an assignment. */
export function shellLine([program = '', ...args]: readonly string[]): string {
  const first = program.includes('=') ? `'${program.replaceAll("'", `'\\''`)}'` : shellQuote(program);
  return [first, ...args.map(shellQuote)].join(' ');
}
