/** What a caught value says, which TypeScript knows nothing of. */

/** The code of a failed system call (`ENOENT`, `ECONNREFUSED` …), or any other `code` that an error carries; else undefined. */
export function errno(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** An error's message; what is not an error, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
