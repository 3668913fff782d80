/** Who sits in front of a connection: told what matters, and asked for what only a person knows. */

export interface Question {
  /** Ends with a space or a colon, as it stands before the answer. */
  text: string;
  /** Shown on the screen while it is typed. */
  echo: boolean;
}

/** One for the life of a tunnel: secrets that were right once are remembered in it, in memory only. */
export interface Person {
  /** False when `ask` can only answer null. */
  readonly present: boolean;
  /** One line that matters and is not a failure. The same line again is not repeated. */
  tell(message: string): void;
  /** The answer, or null when there is nobody to ask or they do not want to answer. Rejects when `signal` aborts. */
  ask(question: Question, signal: AbortSignal): Promise<string | null>;
  /** Runs `work` while another program asks at the terminal itself: nothing of ours is written there meanwhile. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  /** By what it is for: a key file's path, or `user@host`. */
  readonly secrets: Map<string, string>;
  /** Hosts that asked for something that is good only once, such as a code: they need the person at every login. */
  readonly codes: Set<string>;
  /** Hosts whose last login took no time to speak of: one that does not answer the next time is cut off, not slow. */
  readonly quick: Set<string>;
}
