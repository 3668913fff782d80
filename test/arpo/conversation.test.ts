import { describe, expect, it } from 'vitest';
import { Conversation } from '../../src/arpo/conversation.js';
import { fixturePng } from '../support/fixture-guest.js';

const parse = (messages: readonly Buffer[]) => messages.map((message) => JSON.parse(message.toString()));

describe('Conversation', () => {
  it('writes messages as env-protocol.md §2 has them, key for key', async () => {
    const history = new Conversation();
    history.appendText('assistant', 'Thought: "é" \u2028 \u0001\n');
    await history.appendImage(Buffer.from([1, 2, 3, 4]));
    expect(history.answer().messages.map(String)).toEqual([
      '{"role":"assistant","content":[{"type":"text","text":"Thought: \\"é\\" \u2028 \\u0001\\n"}]}',
      '{"role":"user","content":[{"type":"image","b64":"AQIDBA==","min_pixels":3136,"max_pixels":2116800}]}',
    ]);
  });

  // Around the length of the pieces in which an image is encoded.
  it.each([0, 1, 2, 3, 49_151, 49_152, 49_153, 560_000, 32 * 49_152, 5_000_000])(
    'keeps the bytes of an image of %i bytes',
    async (size) => {
      const image = Buffer.concat([fixturePng('x'), Buffer.alloc(size, 'pixels')]).subarray(0, size);
      const history = new Conversation();
      await history.appendImage(image);
      const [message] = parse(history.answer().messages);
      expect(message.content[0].b64).toBe(image.toString('base64'));
    },
  );

  it('knows what no earlier answer carried', () => {
    const history = new Conversation();
    history.appendText('system', 'a');
    expect(history.answer().newFrom).toBe(0);
    expect(history.answer()).toMatchObject({ newFrom: 1, messages: { length: 1 } });
    history.appendText('user', 'b');
    history.appendText('user', 'c');
    expect(history.answer().newFrom).toBe(1);
  });

  it('an answer does not change when the conversation goes on', () => {
    const history = new Conversation();
    history.appendText('system', 'a');
    const { messages } = history.answer();
    history.appendText('user', 'b');
    expect(messages).toHaveLength(1);
  });

  it('encodes a message once: later answers carry the same bytes', async () => {
    const history = new Conversation();
    await history.appendImage(fixturePng('x'));
    const [first] = history.answer().messages;
    const [again] = history.answer().messages;
    expect(again).toBe(first);
  });
});
