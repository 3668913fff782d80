/** What a killed server leaves of its virtual machines, and who puts it in order. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { identifyProcess } from '../../src/host/process.js';
import { findLeftMachines } from '../../src/providers/vmware/left-desktops.js';
import type { VmwareProvider } from '../../src/providers/vmware/provider.js';
import { describeOverDouble, VmrunDouble } from '../support/vmrun-double.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let double: VmrunDouble;

beforeEach(async () => {
  double = await VmrunDouble.create();
  return () => double[Symbol.asyncDispose]();
});

function start(provider: VmwareProvider) {
  return provider.start({ signal: new AbortController().signal, onProgress: () => undefined });
}

/** As a server that was killed leaves its claims: in the name of a process that is dead. */
async function killServer(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const identity = await identifyProcess(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const name of await double.claims()) {
    const file = join(double.state, 'claims', name);
    const claim = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...claim, ...identity }));
  }
  return identity?.pid ?? 0;
}

describeOverDouble('a server that was killed', () => {
  test('left a machine running: it is found, named, powered off and free again', async () => {
    const vmx = await double.osworldMachine();
    await start(double.provider({ vmx }));
    expect(await findLeftMachines(double.state, double.env)).toEqual([]);
    const pid = await killServer();
    const left = await findLeftMachines(double.state, double.env);
    expect(left).toMatchObject([
      { name: 'Ubuntu', provider: 'vmware', server: { pid }, isBeingRemoved: false },
    ]);
    await left[0]?.remove();
    expect(await double.running()).toEqual([]);
    expect(await double.claims()).toEqual([]);
  });

  test('before this computer was started anew left nothing running: what runs now is a person’s', async () => {
    const vmx = await double.osworldMachine();
    await start(double.provider({ vmx }));
    await killServer();
    for (const name of await double.claims()) await utimes(join(double.state, 'claims', name), 1, 1);
    const [left] = await findLeftMachines(double.state, double.env);
    await left?.remove();
    expect(await double.running()).toEqual([vmx]);
    expect(await double.claims()).toEqual([]);
  });

  test('is cleared up after by the next one, whose desktop begins clean', async () => {
    const vmx = await double.osworldMachine();
    const left = await start(double.provider({ vmx }));
    await left.pause();
    await killServer();
    await using desktop = await start(double.provider({ vmx }));
    expect(double.warnings).toEqual(['removed 1 desktops that a dead server left: Ubuntu']);
    expect(await new AgentClient(desktop.endpoints.agent).platform()).toBe('Linux');
  });

  test('while vmrun was at work and a clone half made: both end', async () => {
    const vmx = await double.osworldMachine();
    await double.fault({ command: 'start', vmx: '/clones/', delayMs: 60_000 });
    const cancel = new AbortController();
    const cut = double
      .provider({ vmx, desktops: 2 })
      .start({ signal: cancel.signal, onProgress: () => undefined });
    const ended = cut.catch(() => undefined);
    await vi.waitFor(
      async () => expect(JSON.stringify((await double.calls()).at(-1))).toMatch(/^\["start".*\/clones\//),
      { timeout: 120_000 },
    );
    await killServer();
    const [left] = await findLeftMachines(double.state, double.env);
    await left?.remove();
    cancel.abort(new Error('over'));
    await ended;
    expect(await double.running()).toEqual([]);
    expect(await readdir(double.clones)).toEqual([]);
    expect(await double.claims()).toEqual([]);
  });
});
