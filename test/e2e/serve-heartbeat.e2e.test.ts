/**
 * The trainer's client has a read limit, and a boot may take longer: python-requests, unmodified, over a desktop that comes
 * back in 30 s, which is ten times what it waits for.
 */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';

const PYTHON = fileURLToPath(new URL('../../.e2e-venv/bin/python', import.meta.url));
const BOOT_SECONDS = 30;

const RESET = `
import json, sys, time
import requests
began = time.monotonic()
try:
    response = requests.post(sys.argv[1] + "/env/reset", json={"task_config": json.loads(sys.argv[2])}, timeout=3)
    response.raise_for_status()
    answer = len(response.json()["obs_messages"])
except Exception as error:
    answer = type(error).__name__
print(json.dumps([answer, time.monotonic() - began]))
`;

describeWith('python3', 'a read limit of 3 s that is shorter than the boot', () => {
  it.each([
    { heartbeat: '1s', command: `sleep ${BOOT_SECONDS}`, answer: 3 },
    { heartbeat: '1s', command: 'sleep 5; exit 1', answer: 'ChunkedEncodingError' },
    { heartbeat: 'never', command: 'sleep 5', answer: 'ReadTimeout' },
  ])('%j', async ({ heartbeat, command, answer }) => {
    await using sandbox = new CliSandbox();
    const guest = sandbox.start(['guest', '--port', '0', '--cdp-port', '0', '--watch-port', '0', '--json']);
    await guest.readUntil(/\}\n/, 'stdout');
    const { agent, cdp } = JSON.parse(guest.stdout) as { agent: string; cdp: string };
    const attach = {
      agents: [agent],
      cdpPort: Number(new URL(cdp).port),
      resetCommand: ['sh', '-c', command],
    };
    const config = { provider: 'attach', server: { port: 0, heartbeat }, providers: { attach } };
    sandbox.folder.write('arpo-env.config.json', JSON.stringify(config));
    const server = sandbox.start(['serve', '--json']);
    await server.readUntil(/\}\n/, 'stdout');
    const { url } = JSON.parse(server.stdout) as { url: string };
    const task = JSON.stringify(INFEASIBLE_TASK);
    const { stdout } = await execa(PYTHON, ['-c', RESET, url.replace(/\/$/, ''), task]);
    const [seen, seconds] = JSON.parse(stdout) as [unknown, number];
    expect(seen).toBe(answer);
    if (answer === 3) expect(seconds).toBeGreaterThan(BOOT_SECONDS);
  });
});
