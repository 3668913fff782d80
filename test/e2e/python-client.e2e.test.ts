import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { SYSTEM_MESSAGE, uiTarsPrompt } from '../../src/arpo/prompt.js';
import { describeWith } from '../support/components.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const bin = path('../../bin/arpo-env.js');
const python = path('../../.e2e-venv/bin/python');

const task = {
  id: 'python-client',
  instruction: 'Say $& {hello} to "the" desktop.',
  config: [],
  evaluator: {
    func: 'check_include_exclude',
    result: { type: 'vm_command_line', command: 'whoami' },
    expected: { type: 'rule', rules: { include: ['user'], exclude: [] } },
  },
};
const predictions = [
  "Thought: look\nAction: click(start_box='(100,200)')",
  'this does not parse',
  'Thought: after the end\nAction: wait()',
];

describeWith('python3', 'the reference client, in Python with requests', () => {
  it('gets what env-protocol.md says from `serve --provider sim`', async () => {
    expect(existsSync(python), 'run scripts/e2e-setup.sh first').toBe(true);
    const server = execa(process.execPath, [bin, 'serve', '--provider', 'sim', '--port', '0', '--json'], {
      reject: false,
    });
    try {
      const { url } = await firstDocument(server.stdout);
      const client = path('fixtures/remote_env_worker.py');
      const { stdout } = await execa(python, [
        client,
        url,
        JSON.stringify(task),
        JSON.stringify(predictions),
      ]);
      const png = 'iVBORw0KGgo';
      const keys = ['env_idx', 'format_reward', 'is_done', 'obs_messages'];
      const image = ['b64', 'max_pixels', 'min_pixels', 'type'];
      const text = ['text', 'type'];
      const opening = [SYSTEM_MESSAGE, uiTarsPrompt(task.instruction)];
      expect(JSON.parse(stdout)).toEqual({
        health: 'ok',
        reset: {
          keys,
          env_idx: 0,
          is_done: false,
          format_reward: 0,
          roles: ['system', 'user', 'user'],
          parts: [text, text, image],
          texts: opening,
          images: [png],
        },
        steps: [
          {
            keys,
            env_idx: 0,
            is_done: false,
            format_reward: 0,
            roles: ['system', 'user', 'user', 'assistant', 'user'],
            parts: [text, text, image, text, image],
            texts: [
              ...opening,
              "Thought: look\nAction: click(start_box='<|box_start|>(100,200)<|box_end|>')",
            ],
            images: [png, png],
          },
          ended(keys, -1),
          ended(keys, 0),
        ],
        score: 1,
        // reset 3, step 1 adds 2, the unparsable one and the one after the end add their text only
        history: 7,
      });
    } finally {
      server.kill('SIGTERM');
      expect((await server).exitCode).toBe(130);
    }
  });
});

function ended(keys: string[], formatReward: number) {
  const nothing = { roles: null, parts: null, texts: null, images: null };
  return { keys, env_idx: 0, is_done: true, format_reward: formatReward, ...nothing };
}

async function firstDocument(lines: AsyncIterable<Uint8Array | string>): Promise<{ url: string }> {
  let text = '';
  for await (const chunk of lines) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    if (text.includes('\n')) return JSON.parse(text.slice(0, text.indexOf('\n'))) as { url: string };
  }
  throw new Error(`the server printed no document: ${text}`);
}
