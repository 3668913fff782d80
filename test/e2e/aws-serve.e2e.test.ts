/** `arpo-env serve` with desktops on EC2's API on loopback: whole episodes with resets. */
import { expect, test } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { startMoto } from '../support/moto-machines.js';

const TIMEOUT_MS = 90_000;

describeWith('python3', 'arpo-env serve --provider aws', () => {
  test('three envs, each through whole episodes with resets; nothing is left', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using cloud = await startMoto();
    await using sandbox = new CliSandbox({}, cloud.env);
    const server = sandbox.start(['serve', '--provider', 'aws', '--envs', '3', '--port', '0', '--json']);
    await eventually(() => expect(server.stdout).toMatch(/^\{.*\}$/m), 60_000);
    const url = String((JSON.parse(server.stdout) as { url: string }).url).replace(/\/$/, '');
    const seen: string[] = [];
    const post = async (path: string, body: object) => {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const said = await answer.text();
      expect(answer.status, said).toBe(200);
      return JSON.parse(said) as Record<string, unknown>;
    };
    const desktopOf = async (env: number) => {
      const health = (await (await fetch(`${url}/envs/${env}/health`)).json()) as { desktop?: string };
      return JSON.stringify(health).match(/i-[0-9a-f]{8,17}/)?.[0] ?? '';
    };
    const episode = async (env: number) => {
      await post(`/envs/${env}/env/reset`, { task_config: TASK });
      seen.push(await desktopOf(env));
      await post(`/envs/${env}/env/step`, { prediction: "Action: click(start_box='(100,200)')" });
      await post(`/envs/${env}/env/step`, { prediction: "Action: finished(content='done')" });
      await post(`/envs/${env}/env/evaluate`, {});
    };
    for (let round = 0; round < 2; round += 1) await Promise.all([0, 1, 2].map(episode));
    expect(new Set(seen).size).toBe(6);
    server.child.kill('SIGTERM');
    await server.waitForExit();
    expect(await cloud.live()).toEqual([]);
  });
});

const TASK = {
  id: '00000000-0000-4000-8000-000000000000',
  instruction: 'Look.',
  config: [],
  evaluator: { func: 'infeasible' },
};
