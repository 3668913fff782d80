/** `arpo-env serve --provider vmware` through whole episodes, over a double of vmrun; and what a killed one leaves. */
import { beforeEach, expect, test, vi } from 'vitest';
import { EnvClient } from '../../src/env-api/client.js';
import { type CliProcess, CliSandbox } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { describeOverDouble, VmrunDouble } from '../support/vmrun-double.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const TASK = {
  id: 'vmware',
  instruction: 'Make a note.',
  config: [],
  evaluator: { func: 'infeasible' },
};
const SERVE = ['serve', '--provider', 'vmware', '--port', '0', '--json'];

let double: VmrunDouble;
let vmx: string;

beforeEach(async () => {
  double = await VmrunDouble.create();
  vmx = await double.osworldMachine();
  return () => double[Symbol.asyncDispose]();
});

function sandboxOf(): CliSandbox {
  return new CliSandbox(
    {},
    {
      VMRUN_DOUBLE_STATE: double.env.VMRUN_DOUBLE_STATE ?? '',
      ARPO_ENV_PROVIDERS_VMWARE_VMRUN: double.program,
      ARPO_ENV_PROVIDERS_VMWARE_VMX: vmx,
      ARPO_ENV_PROVIDERS_VMWARE_CLONES: double.clones,
    },
  );
}

function envAt(url: string): EnvClient {
  return new EnvClient(new URL(url), { signal: new AbortController().signal });
}

async function urlOf(cli: CliProcess): Promise<string> {
  const [line] = await cli.readUntil(/^\{.*\}$/m);
  return (JSON.parse(line) as { url: string }).url;
}

describeOverDouble('a server', () => {
  test('two envs and one on standby: episodes with resets, each on a clean desktop, and nothing runs afterwards', async () => {
    await using sandbox = sandboxOf();
    const cli = sandbox.start([...SERVE, '--envs', '2', '--standby', '1']);
    const url = await urlOf(cli);
    const envs = [envAt(`${url}/envs/0`), envAt(`${url}/envs/1`)];
    for (let episode = 0; episode < 2; episode += 1) {
      await Promise.all(envs.map((env) => env.reset(TASK)));
      await Promise.all(envs.map((env) => env.step("Action: hotkey(key='ctrl alt t')")));
      await Promise.all(envs.map((env) => env.step('Action: finished()')));
      for (const env of envs) expect(await env.evaluate()).toMatchObject({ reward: expect.any(Number) });
    }
    const running = await double.running();
    expect(running.length).toBeGreaterThanOrEqual(2);
    expect(running.length).toBeLessThanOrEqual(3);
    expect(running).not.toContain(vmx);
    cli.child.kill('SIGINT');
    expect((await cli.waitForExit()).exitCode).toBe(130);
    expect(await double.running()).toEqual([]);
    const verbs = (await double.calls()).map(([verb]) => verb);
    expect(verbs.filter((verb) => verb === 'clone').length).toBeLessThanOrEqual(4);
    expect(verbs).toContain('revertToSnapshot');
  });

  test.each(['stop', 'serve'] as const)(
    'killed in the middle of a start, its machines are ended by the next %s',
    async (next) => {
      await using sandbox = sandboxOf();
      await double.fault({ command: 'start', vmx: '/clones/', delayMs: 2000, times: 1 });
      const before = (await double.calls()).length;
      const cli = sandbox.start([...SERVE, '--envs', '2', '--prewarm']);
      await urlOf(cli);
      await eventually(async () => {
        const calls = (await double.calls()).slice(before);
        expect(calls.some(([verb, machine = '']) => verb === 'start' && machine.includes('/clones/'))).toBe(
          true,
        );
      }, 60_000);
      cli.child.kill('SIGKILL');
      await cli.waitForExit();

      const status = await sandbox.run(['status']);
      expect(status.exitCode).toBe(3);
      expect(status.stdout + status.stderr).toMatch(
        new RegExp(
          `desktop arpo-env-Ubuntu-\\w+, left by a dead server \\(pid ${cli.child.pid}\\), is still there; remove it: arpo-env stop`,
        ),
      );
      if (next === 'stop') {
        expect((await sandbox.run(['stop'])).exitCode).toBe(0);
      } else {
        const second = sandbox.start([...SERVE, '--envs', '2']);
        const env = envAt(`${await urlOf(second)}/envs/0`);
        expect(second.stderr).toMatch(/left by a dead server \(pid \d+\), is removed/);
        await env.reset(TASK);
        second.child.kill('SIGTERM');
        await second.waitForExit();
      }
      // A vmrun that outlived its server has been ended, and starts nothing more.
      await eventually(async () => expect(await double.running()).toEqual([]));
      expect((await sandbox.run(['status'])).stdout).not.toContain('left by a dead server');
    },
  );
});
