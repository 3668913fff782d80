import { mkdirSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { startEnvServer } from '../../src/server/env-server.js';
import { FixtureProvider } from '../support/fixture-provider.js';
import { RawClient } from '../support/raw-client.js';
import { CALL_USER, CLICK, INFEASIBLE_TASK } from '../support/tasks.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { startTestServer } from '../support/test-server.js';

describe('startEnvServer', () => {
  it('takes everything from the config', async () => {
    using folder = new TemporaryFolder();
    const config = configSchema.parse({ server: { port: 0, envs: 2, maxSteps: 1, queueLimit: 3 } });
    const provider = new FixtureProvider();
    const paths = { cacheDir: folder.path, actionPauseMs: 0 };
    await using server = await startEnvServer({
      ...config.server,
      screen: config.screen,
      provider,
      ...paths,
    });
    expect(server.envs.all).toHaveLength(2);
    expect(server.envs.settings).toMatchObject({
      maxSteps: 1,
      queueLimit: 3,
      screen: { width: 1920, height: 1080 },
    });
    const client = new RawClient(server.url);
    await client.reset(INFEASIBLE_TASK);
    expect((await client.step(CLICK)).json().is_done).toBe(true);
  });

  it('names what holds its port, and leaves nothing behind', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    const provider = new FixtureProvider();
    using folder = new TemporaryFolder();
    const started = startEnvServer({ provider, port, prewarm: true, cacheDir: folder.path });
    await expect(started).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      message: expect.stringContaining(`port ${port} on 127.0.0.1 is in use`),
    });
    expect(provider.running).toEqual([]);
    holder.close();
  });

  it('refuses an address that is not of this machine', async () => {
    await expect(startTestServer({ host: '192.0.2.1', insecure: true })).rejects.toMatchObject({
      code: 'E_CONFIG',
    });
  });

  it('removes the folders of servers that were killed, its own when it ends, and keeps downloads', async () => {
    using folder = new TemporaryFolder();
    // No process has this number: it is above every kernel's limit.
    for (const name of ['episode-99999999-abcd-0', `episode-${process.pid}-other-0`, 'downloads']) {
      mkdirSync(`${folder.path}/${name}`);
    }
    const it = await startTestServer({ cacheDir: folder.path });
    await it.client.reset(INFEASIBLE_TASK);
    expect(readdirSync(folder.path)).toHaveLength(3);
    await it[Symbol.asyncDispose]();
    expect(readdirSync(folder.path).sort()).toEqual(['downloads', `episode-${process.pid}-other-0`]);
  });

  it('logs what happens, and never a token', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const logger = pino({ level: 'debug' }, sink);
    await using it = await startTestServer({ token: 'hush-hush', logger });
    const headers = { authorization: 'Bearer hush-hush' };
    await it.client.get('/health', { headers: { authorization: 'Bearer wrong-hush' } });
    await it.client.reset(INFEASIBLE_TASK, { headers });
    it.provider.last.guest.execute = () => ({ returncode: 1, error: 'NameError: x' });
    await it.client.step(CLICK, { headers });
    await it.client.step(CALL_USER, { headers });
    await it.client.evaluate({ headers });
    const logged = lines.map((line) => JSON.parse(line) as { msg: string; env?: number });
    expect(logged.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        'env is booting',
        'boot: ready',
        'reset done',
        'an action failed',
        'step done',
        'episode ended by model',
        'episode scored',
        'answered',
      ]),
    );
    expect(lines.join('')).not.toContain('hush');
  });
});
