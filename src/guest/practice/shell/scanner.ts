/** A position in shell text. */
export class Scanner {
  #at = 0;

  constructor(private readonly text: string) {}

  done(): boolean {
    return this.#at >= this.text.length;
  }

  /** The next character, '' at the end. */
  peek(): string {
    return this.text.charAt(this.#at);
  }

  next(): string {
    const char = this.peek();
    this.#at += 1;
    return char;
  }

  rest(): string {
    return this.text.slice(this.#at);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.#at);
  }

  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** What an anchored pattern matches here, taken; null when it does not match. */
  takePattern(pattern: RegExp): string | null {
    const match = pattern.exec(this.rest())?.[0] ?? null;
    this.#at += match?.length ?? 0;
    return match;
  }

  /** Blanks, continued lines and comments; newlines when asked. */
  skipBlank({ newlines = false } = {}): void {
    for (;;) {
      const blank = this.takePattern(newlines ? /^(?:[ \t\r\n]|\\\n)+/ : /^(?:[ \t\r]|\\\n)+/);
      const comment = this.peek() === '#' ? this.takePattern(/^#[^\n]*/) : null;
      if (blank === null && comment === null) return;
    }
  }
}
