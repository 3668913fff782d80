/** A person who is asked at the terminal or in a window, or nobody at all. */
import type { Person, Question } from '../person.js';
import { askpass, askpassProgram } from './askpass.js';

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
