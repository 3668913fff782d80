/** OpenEnv's own validator and client (PyPI's openenv 0.10.0) against `serve`. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describeWith('python3', 'OpenEnv', () => {
  it('validates the server, and its client plays two episodes at once', async () => {
    await using sandbox = new CliSandbox();
    const server = sandbox.start(['serve', '--provider', 'sim', '--port', '0', '--envs', '2', '--json']);
    await server.readUntil(/\}\n/, 'stdout');
    const { url } = JSON.parse(server.stdout) as { url: string };
    const { stdout } = await execa(
      path('../../.e2e-venv/bin/python'),
      [path('fixtures/openenv_client.py'), url.replace(/\/$/, ''), JSON.stringify(INFEASIBLE_TASK)],
      { env: { no_proxy: '127.0.0.1' } },
    );
    const observation = {
      width: 1920,
      height: 1080,
      instruction: INFEASIBLE_TASK.instruction,
      task_id: INFEASIBLE_TASK.id,
      last_error: null,
    };
    const going = { reward: null, done: false, screenshot: 'iVBORw0KGgo', observation };
    const over = { done: true, screenshot: null, observation };
    expect(JSON.parse(stdout)).toEqual({
      validated: [
        [true, 'openenv-http/1.x', 6],
        [true, 'openenv-http/1.x', 6],
      ],
      played: {
        reset: [going, going],
        steps: [going, going],
        state: {
          episode_id: 'ep-1',
          step_count: 1,
          task_id: INFEASIBLE_TASK.id,
          instruction: INFEASIBLE_TASK.instruction,
          max_steps: 16,
        },
        full: expect.stringContaining('Server at capacity: 2/2 sessions active'),
        last: [
          { reward: 1, ...over },
          { reward: 0, ...over },
        ],
        unready: expect.stringContaining('E_NOT_READY'),
      },
      typed: [false, 1, 2],
      tools: [],
      freed: true,
    });
  });
});
