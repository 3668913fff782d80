import { expect, it } from 'vitest';
import { CALL_USER, CLICK, INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Samples by their name and labels, as Prometheus reads them. */
async function scrape({ client }: TestServer): Promise<Map<string, number>> {
  const page = await client.get('/metrics');
  expect(page.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = page.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

it('counts operations, boots, episodes, problems, rewards and bytes', async () => {
  await using it = await startTestServer();
  await it.client.evaluate();
  const reset = await it.client.reset(INFEASIBLE_TASK);
  it.provider.last.guest.execute = () => ({ returncode: 1, error: 'no' });
  await it.client.step(CLICK);
  await it.client.step(CALL_USER);
  await it.client.evaluate();
  const samples = await scrape(it);
  const count = (operation: string, outcome: string) =>
    samples.get(
      `arpo_env_operation_duration_seconds_count{env="0",operation="${operation}",outcome="${outcome}"}`,
    );
  expect(count('reset', 'ok')).toBe(1);
  expect(count('step', 'ok')).toBe(2);
  expect(count('evaluate', 'ok')).toBe(1);
  expect(count('evaluate', 'E_NOT_READY')).toBe(1);
  expect(samples.get('arpo_env_boot_duration_seconds_count{outcome="ready"}')).toBe(1);
  expect(samples.get('arpo_env_episodes_total{env="0",end="begun"}')).toBe(1);
  expect(samples.get('arpo_env_episodes_total{env="0",end="model"}')).toBe(1);
  expect(samples.get('arpo_env_problems_total{env="0",kind="action-failed"}')).toBe(1);
  expect(samples.get('arpo_env_reward_sum{env="0"}')).toBe(1);
  expect(samples.get('arpo_env_state{env="0",state="ready"}')).toBe(1);
  expect(samples.get('arpo_env_state{env="0",state="idle"}')).toBe(0);
  expect(samples.get('arpo_env_queue_length{env="0"}')).toBe(0);
  expect(samples.get('arpo_env_standby_desktops{stage="ready"}')).toBe(0);
  expect(samples.get('arpo_env_http_bytes_total{direction="sent"}')).toBeGreaterThan(reset.text.length);
  expect(samples.get('arpo_env_http_bytes_total{direction="received"}')).toBeGreaterThan(100);
});

it('each server counts its own', async () => {
  await using one = await startTestServer();
  await using other = await startTestServer();
  await one.client.reset(INFEASIBLE_TASK);
  const key = 'arpo_env_episodes_total{env="0",end="begun"}';
  expect((await scrape(one)).get(key)).toBe(1);
  expect((await scrape(other)).get(key)).toBeUndefined();
});
