/** What is said in an episode, as messages in their wire form: each is encoded once, when it is made (env-protocol.md §2, §3). */
import { setImmediate } from 'node:timers/promises';

/** What an answer carries of a history: whole messages, each one JSON object in UTF-8. */
export interface WireHistory {
  readonly messages: readonly Buffer[];
  /** Index of the first message that no earlier answer carried; `messages.length` when there is none. */
  readonly newFrom: number;
}

/** Per-image limits of UI-TARS, a constant part of the protocol. */
const IMAGE_TAIL = Buffer.from('","min_pixels":3136,"max_pixels":2116800}]}');
const IMAGE_HEAD = Buffer.from('{"role":"user","content":[{"type":"image","b64":"');

export class Conversation {
  readonly #messages: Buffer[] = [];
  #answered = 0;

  appendText(role: 'system' | 'user' | 'assistant', text: string): void {
    this.#messages.push(Buffer.from(JSON.stringify({ role, content: [{ type: 'text', text }] })));
  }

  /** The guest's bytes, untouched, as base64. A large one lets others have their turn meanwhile. */
  async appendImage(image: Buffer): Promise<void> {
    this.#messages.push(await encodeImage(image));
  }

  /** The messages so far, which count as answered from now on. */
  answer(): WireHistory {
    const newFrom = this.#answered;
    this.#answered = this.#messages.length;
    return { messages: this.#messages.slice(), newFrom };
  }
}

/** A multiple of 3, so that pieces join; its text is small enough for the young generation. */
const PIECE = 48 * 1024;
/** Bytes after which others have a turn: more than a usual screenshot has. */
const TURN = 32 * PIECE;

/** One allocation of the exact size, without a long string in between: screenshots are the bulk of what a server sends. */
async function encodeImage(image: Buffer): Promise<Buffer> {
  const length = IMAGE_HEAD.length + 4 * Math.ceil(image.length / 3) + IMAGE_TAIL.length;
  const message = Buffer.allocUnsafeSlow(length);
  let end = IMAGE_HEAD.copy(message);
  for (let start = 0; start < image.length; start += PIECE) {
    if (start > 0 && start % TURN === 0) await setImmediate();
    end += message.write(image.toString('base64', start, start + PIECE), end, 'latin1');
  }
  IMAGE_TAIL.copy(message, end);
  return message;
}
