/** A person who is asked at the terminal or in a window, or nobody at all. */
import { harmless, setIn } from '../../ui/harmless.js';
import type { Person, Question } from '../person.js';
import { askpass, askpassProgram } from './askpass.js';

export interface PersonOptions {
  tell: (message: string) => void;
  /** Asks at the terminal, or null when there is none. */
  terminal: ((question: Question, signal: AbortSignal) => Promise<string | null>) | null;
  /** Keeps everything of ours off the terminal during `work`. */
  lend?: <T>(work: () => Promise<T>) => Promise<T>;
  env: NodeJS.ProcessEnv;
}

export function createPerson({ tell, terminal, lend = (work) => work(), env }: PersonOptions): Person {
  const told = new Set<string>();
  const program = askpassProgram(env, terminal !== null);
  return {
    present: program !== null || terminal !== null,
    secrets: new Map(),
    codes: new Set(),
    lend,
    quick: new Set(),
    tell(message) {
      if (told.has(message)) return;
      told.add(message);
      tell(setIn(message));
    },
    async ask({ text, echo }, signal) {
      // Servers write parts of it.
      const question = { text: harmless(text), echo };
      if (program !== null) return askpass(program, question, env, signal);
      return terminal === null ? null : terminal(question, signal);
    },
  };
}

/** Nobody to ask and nobody to tell. */
export function nobody(): Person {
  return createPerson({ tell: () => {}, terminal: null, env: {} });
}
