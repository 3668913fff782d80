/** What a server says before it lets somebody in (RFC 4252 §5.4, SSH_MSG_USERAUTH_BANNER). */
import type { SshTarget } from '../host/target.js';
import type { Person } from '../person.js';

/** A login that takes longer may wait for what the banner asks for. */
const WAITS_MS = 2000;
/** Of what an error repeats. */
const MOST_IN_ERROR = 500;
/** Of what is shown; a server may go on for as long as it likes. */
const MOST_TEXT = 16 * 1024;

/**
 * Told when the login waits or fails: it may say where to confirm it (`To authenticate, visit …`), or why it is refused. Most are
 * legal notices, which nobody wants to read at each new connection. Disposing ends it.
 */
export class Banner implements Disposable {
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  readonly #name: string;
  readonly #person: Person | undefined;

  constructor({ name }: SshTarget, person: Person | undefined) {
    this.#name = name;
    this.#person = person;
  }

  add(text: string): void {
    this.#text = `${this.#text}${text.trimEnd()}\n`.slice(-MOST_TEXT);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.show(), WAITS_MS);
  }

  /** Before a question that it may belong to. */
  show(): void {
    clearTimeout(this.#timer);
    if (this.#text.trim() !== '') this.#person?.tell(`${this.#name} says: ${this.#text.trim()}`);
  }

  /** Its last words, on one line, or nothing. */
  get lastWords(): string {
    return this.#text.trim().replace(/\s+/g, ' ').slice(-MOST_IN_ERROR);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
