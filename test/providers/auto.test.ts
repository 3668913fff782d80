import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { chooseProvider } from '../../src/providers/auto.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const config = configSchema.parse({});

test('without a daemon it is local where that can be, else sim, and says what the better ones lack', async () => {
  using folder = new TemporaryFolder();
  const env = { DOCKER_HOST: `unix://${folder.path}/none.sock`, ARPO_ENV_STATE_DIR: folder.path };
  const { name, why } = await chooseProvider(config, env);
  // Which of the two depends on what is installed here.
  if (name === 'local') expect(why).toMatch(/^a real X desktop \(docker: .*none\.sock.*\)$/);
  else
    expect(why).toMatch(
      /^a practice desktop, for trials only \(docker: .*none\.sock.*; local: provider local .*\)$/,
    );
  expect(['local', 'sim']).toContain(name);
});

test('sim where local lacks its state folder', async () => {
  using folder = new TemporaryFolder();
  const env = {
    DOCKER_HOST: `unix://${folder.path}/none.sock`,
    ARPO_ENV_STATE_DIR: folder.write('file', ''),
  };
  expect((await chooseProvider(config, env)).name).toBe('sim');
});

test('attach where guest agents are named: nobody names them for nothing', async () => {
  const named = configSchema.parse({
    providers: { attach: { agents: ['192.0.2.7', 'http://me:secret@192.0.2.8:5000', '192.0.2.7'] } },
  });
  expect(await chooseProvider(named, {})).toEqual({
    name: 'attach',
    why: 'guest agents are named: http://192.0.2.7:5000/, http://(hidden)@192.0.2.8:5000/',
  });
});

test('nobody waits for a daemon that does not answer', async () => {
  using folder = new TemporaryFolder();
  const silent = createServer(() => {});
  const socket = join(folder.path, 'silent.sock');
  await new Promise<void>((resolve) => silent.listen(socket, resolve));
  try {
    const env = { DOCKER_HOST: `unix://${socket}`, ARPO_ENV_STATE_DIR: folder.path };
    expect((await chooseProvider(config, env)).why).toContain(
      'docker: the daemon did not answer within 1.5 s',
    );
  } finally {
    silent.close();
  }
});
