/** While the worst is judged on one env, the server answers and another env is stepped: the judge as the built program has it. */
import { expect, it } from 'vitest';
import { judgeApart } from '../support/judge-apart.js';
import { RawClient } from '../support/raw-client.js';
import { CLICK } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

const task = {
  id: 'held-up',
  instruction: 'print it',
  evaluator: {
    func: 'fuzzy_match',
    result: { type: 'vm_command_line', command: 'print' },
    expected: { type: 'rule', rules: { expected: 'ba'.repeat(1_000_000) } },
  },
};

it('a comparison of megabytes holds up neither the server nor another env', async () => {
  await using it = await startTestServer({ envs: 2, judge: judgeApart() });
  it.provider.prepare = ({ guest }) => {
    guest.execute = (command) => (command === 'print' ? { output: 'ab'.repeat(1_500_000) } : {});
  };
  const [one, other] = [0, 1].map((env) => new RawClient(`${it.server.url.href}envs/${env}`));
  await one?.reset(task);
  await other?.reset(task);
  let isJudged = false;
  const judged = one?.evaluate().then(() => {
    isJudged = true;
  });
  for (let step = 0; step < 10; step += 1) {
    expect((await it.client.get('/health')).json()).toMatchObject({ status: 'ok', state: 'evaluating' });
    expect((await other?.step(CLICK, { query: '?history=delta' }))?.status).toBe(200);
  }
  expect(isJudged).toBe(false);
  await it.server[Symbol.asyncDispose]();
  await judged?.catch(() => undefined);
});
