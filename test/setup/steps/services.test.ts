import { describe, expect, it } from 'vitest';
import { services } from '../../../src/setup/steps/services.js';
import { FakeMachine } from '../fake-machine.js';

const UNIT = '/etc/systemd/system/arpo-env-serve.service';
const planOf = async (machine: FakeMachine) =>
  (await services.plan(machine.context)).map(({ argv, as }) => `${as} ${argv.join(' ')}`);
const installed = () => {
  const machine = new FakeMachine().onQuery(/^systemctl is-/, {}).onQuery(/^curl/, {});
  machine.files[UNIT] = 'serve --config /home/user/arpo-env.config.yaml\n';
  return machine;
};

describe('services', () => {
  it('are not applicable without systemd, and say what to do then', async () => {
    expect(await services.inspect(new FakeMachine({ facts: { systemd: false } }).context)).toMatchObject({
      state: 'not-applicable',
      why: expect.stringContaining('arpo-env serve --detach'),
    });
  });

  it('are written, enabled and started by root', async () => {
    const machine = new FakeMachine();
    expect(await services.inspect(machine.context)).toEqual({
      state: 'needed',
      why: 'arpo-env-serve.service is not installed',
    });
    expect(await planOf(machine)).toEqual([
      `root install -D -m 0644 /dev/stdin ${UNIT}`,
      'root systemctl daemon-reload',
      'root systemctl enable arpo-env-serve.service',
      'root systemctl restart arpo-env-serve.service',
    ]);
  });

  it('are done when unit, enablement and state are as they should be', async () => {
    expect(await services.inspect(installed().context)).toEqual({
      state: 'done',
      note: 'arpo-env-serve.service running',
    });
    expect(await planOf(installed())).toEqual([]);
  });

  it('are done once a server that has just been started listens', async () => {
    let asked = 0;
    const machine = installed().onQuery(/^curl/, () => ({ exitCode: ++asked > 1 ? 0 : 7 }));
    expect(await services.inspect(machine.context)).toMatchObject({ state: 'done' });
    expect(asked).toBe(2);
  });

  it.each<[string, (machine: FakeMachine) => void, string]>([
    [
      'the unit differs',
      (machine) => (machine.files[UNIT] = 'older\n'),
      'arpo-env-serve.service is not what this config needs',
    ],
    [
      'it is disabled',
      (machine) => machine.onQuery(/is-enabled/, { exitCode: 1 }),
      'arpo-env-serve.service does not start with the machine',
    ],
    [
      'it has failed',
      (machine) => machine.onQuery(/is-active/, { exitCode: 3, stdout: 'failed\n' }),
      'arpo-env-serve.service is failed',
    ],
  ])('are needed when %s', async (_title, change, why) => {
    const machine = installed();
    change(machine);
    expect(await services.inspect(machine.context)).toEqual({ state: 'needed', why });
  });

  it('with a cluster host include the tunnel, and leave the server running', async () => {
    const machine = installed();
    machine.context.settings.tunnelHost = 'deepx';
    expect(await services.inspect(machine.context)).toMatchObject({
      why: 'arpo-env-tunnel.service is not installed',
    });
    expect((await planOf(machine)).filter((line) => line.includes('restart'))).toEqual([
      'root systemctl restart arpo-env-tunnel.service',
    ]);
    expect((await services.plan(machine.context))[0]?.stdin).toBe(
      'tunnel deepx --config /home/user/arpo-env.config.yaml\n',
    );
  });
});

describe('their verification', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:18082/health'],
    ['0.0.0.0', 'http://127.0.0.1:18082/health'],
    ['10.0.0.5', 'http://10.0.0.5:18082/health'],
    ['::1', 'http://[::1]:18082/health'],
  ])('asks a server on %s at %s until it answers', async (host, url) => {
    const asked: string[] = [];
    const machine = new FakeMachine({ settings: { server: { host, port: 18082 } } });
    machine.onQuery(new RegExp(url.replace(/[[\].]/g, '\\$&')), () => {
      asked.push(url);
      return { exitCode: asked.length > 1 ? 0 : 7 };
    });
    await services.verify?.(machine.context);
    expect(asked).toHaveLength(2);
  });

  it('says at once that something else has the port', async () => {
    const machine = new FakeMachine().onQuery(/^curl/, { exitCode: 22 });
    await expect(services.verify?.(machine.context)).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      message:
        'what answers at http://127.0.0.1:18082/health is not an env server, so that arpo-env-serve.service has no port',
    });
  });

  it('ends when the run is interrupted', async () => {
    const controller = new AbortController();
    const machine = new FakeMachine({ signal: controller.signal }).onQuery(/^curl/, () => {
      controller.abort(new Error('enough'));
      return { exitCode: 7 };
    });
    await expect(services.verify?.(machine.context)).rejects.toThrow('enough');
  });
});
