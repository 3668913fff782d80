/** What is not Python, or not to our knowledge; who reads the source turns it into an error of its own. */

/**
 * The message is CPython's where it has one.
 * `refused`: no Python accepts the source. `unknown`: Python may accept it, but not everything that it knows is known here.
 */
export class SourceError extends Error {
  override readonly name = 'SourceError';

  constructor(
    message: string,
    /** Offset in the source. */
    readonly at: number,
    readonly kind: 'refused' | 'unknown' = 'refused',
  ) {
    super(message);
  }
}

/** The 1-based line of an offset. */
export function lineOf(source: string, at: number): number {
  return source.slice(0, at).split(/\r\n?|\n/).length;
}
