/** Passphrases and passwords for one login: remembered ones first, then the person is asked. */
import type { ParsedKey, Prompt } from 'ssh2';
import { setIn } from '../../ui/harmless.js';
import { addressText } from '../host/address.js';
import type { SshTarget } from '../host/target.js';
import type { Person, Question } from '../person.js';
import { type KeyFile, unlock } from './key-file.js';
import type { TimeLimit } from './time-limit.js';

export interface SecretsOptions {
  target: SshTarget;
  person: Person;
  timeLimit: TimeLimit;
  signal: AbortSignal;
  /** Before each question. */
  onAsk: () => void;
}

export class Secrets {
  /** What a person typed at this login and may be used again when the login has succeeded. */
  readonly #fresh = new Map<string, string>();
  #asksForCode = false;
  readonly #target: SshTarget;
  readonly #person: Person;
  readonly #timeLimit: TimeLimit;
  readonly #signal: AbortSignal;
  readonly #onAsk: () => void;

  constructor({ target, person, timeLimit, signal, onAsk }: SecretsOptions) {
    this.#target = target;
    this.#person = person;
    this.#timeLimit = timeLimit;
    this.#signal = signal;
    this.#onAsk = onAsk;
  }

  get canAsk(): boolean {
    return this.#person.present && this.#target.prompts > 0;
  }

  get hasPassword(): boolean {
    return this.#person.secrets.has(loginName(this.#target));
  }

  /** Null when nobody unlocks it. */
  async unlock(file: KeyFile): Promise<ParsedKey | null> {
    const remembered = this.#person.secrets.get(file.path);
    const known = remembered === undefined ? null : unlock(file, remembered);
    if (known !== null) return known;
    for (let attempt = 0; attempt < this.#target.prompts; attempt += 1) {
      const again = attempt === 0 ? 'Enter passphrase for' : 'Bad passphrase, try again for';
      const passphrase = await this.ask({ text: `${again} ${file.path}: `, echo: false });
      if (!passphrase) return null;
      const key = unlock(file, passphrase);
      if (key === null) continue;
      this.#person.secrets.set(file.path, passphrase);
      return key;
    }
    return null;
  }

  /** The remembered password, once, or the person's answer; null when there is none. */
  async password(): Promise<string | null> {
    return this.#remembered() ?? this.#askPassword(`${loginName(this.#target)}'s password: `);
  }

  /** Answers to one round of keyboard-interactive prompts (RFC 4256); null when nobody answers. */
  async answers(name: string, instructions: string, prompts: readonly Prompt[]): Promise<string[] | null> {
    const introduction = [name, instructions].filter(Boolean).join(': ');
    if (introduction) this.#person.tell(introduction);
    const answers: string[] = [];
    for (const { prompt, echo = false } of prompts) {
      const text = `(${loginName(this.#target)}) ${setIn(prompt)}`;
      const answer = isPassword(prompt, echo)
        ? (this.#remembered() ?? (await this.#askPassword(text)))
        : await this.#askCode({ text, echo });
      if (answer === null) return null;
      answers.push(answer);
    }
    return answers;
  }

  /** The server accepted what it was given. */
  succeeded(): void {
    for (const [name, secret] of this.#fresh) this.#person.secrets.set(name, secret);
    if (this.#asksForCode) this.#person.codes.add(loginName(this.#target));
  }

  /** A remembered password is tried once: when it is refused it is not right any more. */
  #remembered(): string | null {
    const name = loginName(this.#target);
    const password = this.#person.secrets.get(name);
    if (password === undefined) return null;
    this.#person.secrets.delete(name);
    this.#fresh.set(name, password);
    return password;
  }

  async #askPassword(text: string): Promise<string | null> {
    const password = await this.ask({ text, echo: false });
    if (password !== null) this.#fresh.set(loginName(this.#target), password);
    return password;
  }

  #askCode(question: Question): Promise<string | null> {
    this.#asksForCode = true;
    return this.ask(question);
  }

  /** Null when there is nobody to ask, or no answer. */
  async ask(question: Question): Promise<string | null> {
    if (!this.canAsk) return null;
    this.#onAsk();
    return this.#timeLimit.pauseFor(() => this.#person.ask(question, this.#signal));
  }
}

/** By which a password is remembered, and the person told whose it is. */
export function loginName({ user, host, port }: SshTarget): string {
  return addressText({ user, host, port: port === 22 ? undefined : port });
}

/** Anything else is good only once: a code of a second factor. */
function isPassword(prompt: string, echo: boolean): boolean {
  return !echo && /passw/i.test(prompt) && !/one.?time|otp|token|code/i.test(prompt);
}
