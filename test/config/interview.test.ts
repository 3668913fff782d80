import { expect, test } from 'vitest';
import { interview } from '../../src/config/interview.js';
import { configSchema } from '../../src/config/schema.js';
import { ArpoEnvError } from '../../src/errors.js';
import { createProvider } from '../../src/providers/index.js';

function person(...answers: string[]) {
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return answers[questions.length - 1] ?? expect.fail(`nobody expected the question ${question}`);
  };
  return { questions, ask };
}

test('it asks for what differs between topologies; an empty answer takes the default', async () => {
  const { questions, ask } = person('docker', '', ' deepx ', '');
  expect(await interview({}, ask)).toEqual({ provider: 'docker', tunnel: { host: 'deepx' } });
  expect(questions).toEqual([
    'Where do desktops come from? (auto, docker, vmware, aws, local, attach, sim) [auto] ',
    'Port of the env server on this machine? [18082] ',
    'SSH host of the cluster, empty if it reaches this machine without a tunnel? ',
    'Port on the cluster at which the trainer finds it? [15001] ',
  ]);
});

test('what is given is not asked for', async () => {
  const { questions, ask } = person('1234', '');
  const given = { provider: 'sim', server: { port: undefined }, tunnel: { host: 'deepx' } };
  expect(await interview(given, ask)).toEqual({
    provider: 'sim',
    server: { port: '1234' },
    tunnel: { host: 'deepx' },
  });
  expect(questions).toHaveLength(2);
});

test('a wrong answer is asked for again, with what is allowed', async () => {
  const { questions, ask } = person('qemu', 'sim', '', '-x', 'deepx', '');
  expect(await interview({}, ask)).toEqual({ provider: 'sim', tunnel: { host: 'deepx' } });
  expect(questions[1]).toBe(
    'not allowed; allowed: auto, docker, vmware, aws, remote, local, attach, sim [auto] ',
  );
  expect(questions[4]).toBe('not allowed; allowed: an SSH host such as deepx or user@cluster.example:22 ');
});

test('the providers that are offered are those that this version carries', async () => {
  const { questions, ask } = person('', '', '', '');
  await interview({}, ask);
  const offered = /\((.*)\)/.exec(questions[0] ?? '')?.[1]?.split(', ');
  const config = configSchema.parse({});
  const carried: string[] = [];
  for (const provider of ['docker', 'vmware', 'aws', 'remote', 'local', 'attach', 'sim'] as const) {
    const outcome = await createProvider({ ...config, provider }).catch((error: unknown) => error);
    if (!(outcome instanceof ArpoEnvError && outcome.code === 'E_PROVIDER_UNAVAILABLE'))
      carried.push(provider);
  }
  expect(offered?.sort()).toEqual(['auto', ...carried].sort());
});

test('who attaches desktops is asked for them', async () => {
  const { questions, ask } = person('attach', '', 'http://', '192.0.2.7, http://192.0.2.8:5000', '', '');
  expect(await interview({}, ask)).toEqual({
    provider: 'attach',
    providers: { attach: { agents: ['192.0.2.7', 'http://192.0.2.8:5000'] } },
  });
  expect(questions[2]).toBe('Which guest agents, such as http://192.0.2.7:5000, with commas between them? ');
  expect(questions[3]).toBe('not allowed; allowed: guest agents such as http://192.0.2.7:5000 ');
});
