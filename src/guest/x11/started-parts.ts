type Part = AsyncDisposable | Disposable;

/** What was started, ended once and in the opposite order. (Node 20 has no AsyncDisposableStack.) */
export class StartedParts implements AsyncDisposable {
  readonly #parts: Part[] = [];
  #ending: Promise<void> | null = null;

  get areEnding(): boolean {
    return this.#ending !== null;
  }

  add<Started extends Part>(part: Started): Started {
    this.#parts.push(part);
    return part;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    for (const part of this.#parts.toReversed()) {
      if (Symbol.asyncDispose in part) await part[Symbol.asyncDispose]();
      else part[Symbol.dispose]();
    }
  }
}
