/** The end of what a program said, which mostly tells why it failed. */

/** Of a line the beginning is told. */
const LOOKED_AT = 4096;

/** Empty when there is none. A program can say anything: of megabytes of line ends no list is made. */
export function lastLine(text: string, longest = 300): string {
  const end = text.trimEnd();
  const start = Math.max(end.lastIndexOf('\n') + 1, end.length - LOOKED_AT);
  return end.slice(start).trim().slice(0, longest);
}
