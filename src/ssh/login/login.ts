/** Logging in: ways to do it, tried one after the other as the server allows them, and an account of the result of each. */
import type { AnyAuthMethod, BaseAgent, ParsedKey } from 'ssh2';
import type { LoginMethod, SshTarget } from '../host/target.js';
import { LazyKeyAgent } from './agent.js';
import type { Identity } from './identities.js';
import { isRsa, Sha512Agent, withSha512 } from './rsa.js';
import type { Secrets } from './secrets.js';

interface Attempt {
  method: LoginMethod;
  /** For the account. */
  label: string;
  /** What ssh2 shall try, or null when this attempt cannot be made. */
  begin(): Promise<AnyAuthMethod | null>;
}

/** More factors than any server asks for, one after the other. */
const MOST_FACTORS = 10;

/** No way in is left; `message` says more, where there is more to say. */
export class LoginRefused extends Error {}

export interface LoginOptions {
  target: SshTarget;
  offers: readonly Identity[];
  secrets: Secrets;
  /** Whether RSA keys sign with SHA-512; asked when the server has said what it knows. */
  usesSha512: () => boolean;
  /** A person who was asked did not answer: the login is over. */
  onDeclined: (error: Error) => void;
}

export class Login {
  readonly outcomes: string[] = [];
  /** What ssh2 had to say about the attempt that is being made. */
  remark: string | null = null;
  /** What the server would accept, once it has said so. */
  methods: readonly string[] = [];
  started = false;
  #current: Attempt | null = null;
  #factors = 0;
  #untried: Attempt[];
  readonly #target: SshTarget;
  readonly #offers: readonly Identity[];
  readonly #secrets: Secrets;
  readonly #usesSha512: () => boolean;
  readonly #onDeclined: (error: Error) => void;

  constructor({ target, offers, secrets, usesSha512, onDeclined }: LoginOptions) {
    this.#target = target;
    this.#offers = offers;
    this.#secrets = secrets;
    this.#usesSha512 = usesSha512;
    this.#onDeclined = onDeclined;
    this.#untried = this.#attempts();
  }

  /** What the server has been asked for and has not answered; null before it was asked for anything. */
  get pending(): string | null {
    return this.#current?.label ?? null;
  }

  /** The next attempt after one that was not enough; null when there is none. `methodsLeft` is null at the start. */
  async next(methodsLeft: readonly string[] | null, partialSuccess: boolean): Promise<AnyAuthMethod | null> {
    this.started = true;
    // The server says what it takes when it is asked for nothing, which it does not count as a failure.
    if (methodsLeft === null) return { type: 'none', username: this.#target.user };
    this.methods = methodsLeft;
    if (this.#current) this.#record(this.#current, partialSuccess);
    // Another factor is wanted now, for which what was out of turn before may do.
    if (partialSuccess) {
      this.#factors += 1;
      if (this.#factors > MOST_FACTORS) throw new LoginRefused('it asks for one more factor again and again');
      this.#untried = this.#attempts().filter((attempt) => attempt.label !== this.#current?.label);
    }
    for (;;) {
      const attempt = this.#untried.find(({ method }) => methodsLeft.includes(method));
      if (attempt === undefined) return null;
      this.#untried = this.#untried.filter((other) => other !== attempt);
      const method = await attempt.begin();
      this.#current = attempt;
      if (method !== null) return method;
      this.outcomes.push(`${attempt.label}: nobody to ask`);
      this.#current = null;
    }
  }

  #record({ label }: Attempt, partialSuccess: boolean): void {
    this.outcomes.push(
      `${label}: ${this.remark ?? (partialSuccess ? 'accepted, but not enough' : 'refused')}`,
    );
    this.remark = null;
  }

  #attempts(): Attempt[] {
    const { methods, prompts } = this.#target;
    const tries = this.#secrets.canAsk ? prompts + Number(this.#secrets.hasPassword) : 1;
    const repeat = (attempt: Attempt) => Array.from({ length: tries }, () => ({ ...attempt }));
    const attempts: Record<LoginMethod, () => Attempt[]> = {
      publickey: () => this.#offers.map((offer) => this.#keyAttempt(offer)),
      'keyboard-interactive': () => repeat(this.#interactiveAttempt()),
      password: () => repeat(this.#passwordAttempt()),
    };
    return methods.flatMap((method) => attempts[method]());
  }

  #keyAttempt({ label, agent, privateKey, publicKey, locked }: Identity): Attempt {
    const username = this.#target.user;
    const isSha512 = (key: ParsedKey | null) => isRsa(key) && this.#usesSha512();
    const byAgent = (agent: BaseAgent, key: ParsedKey | null): AnyAuthMethod => {
      return { type: 'agent', username, agent: key && isSha512(key) ? new Sha512Agent(agent, key) : agent };
    };
    const byKey = (key: ParsedKey): AnyAuthMethod => {
      return { type: 'publickey', username, key: isSha512(key) ? withSha512(key) : key };
    };
    const begin = async (): Promise<AnyAuthMethod | null> => {
      if (agent) return byAgent(agent, publicKey);
      if (privateKey) return byKey(privateKey);
      if (locked === null) return null;
      const unlock = () => this.#secrets.unlock(locked);
      if (publicKey) return byAgent(new LazyKeyAgent(publicKey, unlock), publicKey);
      const key = await unlock();
      return key && byKey(key);
    };
    return { method: 'publickey', label, begin };
  }

  #interactiveAttempt(): Attempt {
    // Also when nobody is there: the server may ask nothing of us and a telephone for its push (RFC 4256 §3.2).
    const begin = async (): Promise<AnyAuthMethod | null> => {
      return {
        type: 'keyboard-interactive',
        username: this.#target.user,
        prompt: (name, instructions, _language, prompts, finish) => {
          this.#secrets.answers(name, instructions, prompts).then((answers) => {
            if (answers !== null) finish(answers);
            else this.#onDeclined(new LoginRefused('the server asked for more, and nobody answered'));
          }, this.#onDeclined);
        },
      };
    };
    return { method: 'keyboard-interactive', label: 'keyboard-interactive', begin };
  }

  #passwordAttempt(): Attempt {
    const begin = async (): Promise<AnyAuthMethod | null> => {
      const password = await this.#secrets.password();
      return password === null ? null : { type: 'password', username: this.#target.user, password };
    };
    return { method: 'password', label: 'password', begin };
  }
}
