/** The env server over the practice desktop: no double in between. */
import { expect, it } from 'vitest';
import { EnvClient } from '../../src/env-api/client.js';
import { createSimProvider } from '../../src/providers/sim.js';
import { CLICK } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

const TASK = {
  id: 'write-a-note',
  instruction: 'Write a note.',
  config: [{ type: 'execute', parameters: { command: ['rm', '-f', '/home/user/note.txt'] } }],
  evaluator: {
    func: 'check_include_exclude',
    result: { type: 'vm_command_line', command: ['cat', '/home/user/note.txt'] },
    expected: { type: 'rule', rules: { include: ['hello'], exclude: [] } },
    postconfig: [
      { type: 'execute', parameters: { command: 'echo hello > /home/user/note.txt', shell: true } },
    ],
  },
};

it('plays episodes on two envs with a standby, each scored on its own desktop', {
  timeout: 60_000,
}, async () => {
  await using it = await startTestServer({ provider: createSimProvider(), envs: 2, standby: 1 });
  const { signal } = new AbortController();
  const workers = [0, 1].map((env) => new EnvClient(new URL(`/envs/${env}`, it.server.url), { signal }));
  const play = async (worker: EnvClient, episode: number) => {
    const reset = await worker.reset({ ...TASK, id: `${TASK.id}-${episode}` });
    const step = await worker.step(CLICK);
    const [before, after] = [reset.messages?.[2], step.messages?.[4]];
    expect(before?.content[0]?.b64).toEqual(expect.any(String));
    expect(after?.content[0]?.b64).toEqual(expect.any(String));
    expect(after?.content[0]?.b64).not.toBe(before?.content[0]?.b64);
    expect(await worker.health()).toMatchObject({
      kind: 'native',
      health: { state: 'ready', steps: 1, last_problem: null },
    });
    expect((await worker.evaluate()).reward).toBe(1);
  };
  for (const episode of [1, 2]) await Promise.all(workers.map((worker) => play(worker, episode)));
});
