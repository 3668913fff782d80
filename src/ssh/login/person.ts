/** Who sits in front of the tunnel: told what matters, and asked for what only a person knows. */
import { askpass, askpassProgram } from './askpass.js';

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
  /** One line that matters and is no failure. The same line again is not repeated. */
  tell(message: string): void;
  /** The answer, or null when there is nobody to ask or he does not want to answer. Rejects when `signal` aborts. */
  ask(question: Question, signal: AbortSignal): Promise<string | null>;
  /** By what it is for: a key file's path, or `user@host`. */
  readonly secrets: Map<string, string>;
  /** Hosts that asked for something that is good only once, such as a code: they need the person at every login. */
  readonly codes: Set<string>;
}

export interface PersonOptions {
  tell: (message: string) => void;
  /** Asks at the terminal, or null when there is none. */
  terminal: ((question: Question, signal: AbortSignal) => Promise<string | null>) | null;
  env: NodeJS.ProcessEnv;
}

export function createPerson({ tell, terminal, env }: PersonOptions): Person {
  const told = new Set<string>();
  const program = askpassProgram(env, terminal !== null);
  return {
    present: program !== null || terminal !== null,
    secrets: new Map(),
    codes: new Set(),
    tell(message) {
      if (told.has(message)) return;
      told.add(message);
      tell(message);
    },
    async ask(question, signal) {
      if (program !== null) return askpass(program, question, env, signal);
      return terminal === null ? null : terminal(question, signal);
    },
  };
}

/** Nobody to ask and nobody to tell. */
export function nobody(): Person {
  return createPerson({ tell: () => {}, terminal: null, env: {} });
}
