/** Four trainers' workers at once, in Python with requests, against one server in the background. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { identifyProcess } from '../../src/host/process.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const python = path('../../.e2e-venv/bin/python');
const ENVS = 4;
const EPISODES = 2;

describeWith('python3', 'four Python workers at once', () => {
  it('each play their own episodes on `serve --envs 4 --standby 1 --detach`; stop leaves nothing', async () => {
    expect(existsSync(python), 'run scripts/e2e-setup.sh first').toBe(true);
    await using sandbox = new CliSandbox();
    const serve = ['serve', '--provider', 'sim', '--envs', String(ENVS), '--standby', '1', '--port', '0'];
    const started = await sandbox.run([...serve, '--detach', '--json']);
    expect(started.exitCode, started.stdout + started.stderr).toBe(0);
    const { url, pid } = JSON.parse(started.stdout) as { url: string; pid: number };

    const { stdout } = await execa(python, [
      path('fixtures/python_workers.py'),
      url,
      String(ENVS),
      String(EPISODES),
    ]);
    // The prompt and three predictions; the screenshots of reset and three steps.
    const episode = { mine: 4, others: 0, images: 4, done: true, reward: 1 };
    expect(JSON.parse(stdout)).toEqual(Array(ENVS).fill(Array(EPISODES).fill(episode)));

    const status = await sandbox.run(['status']);
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toMatch(/^server +http\S+ +sim +ready /m);
    expect(await sandbox.run(['stop'])).toMatchObject({ exitCode: 0 });
    expect(await identifyProcess(pid)).toBeNull();
    expect(await readdir(sandbox.state.runs)).toEqual([]);
  });
});
