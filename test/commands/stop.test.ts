import { expect, test } from 'vitest';
import { startCluster } from '../../src/demo/cluster.js';
import { identifyProcess } from '../../src/host/process.js';
import { CliSandbox } from '../support/cli.js';
import { NodeChild, OBEDIENT } from '../support/node-child.js';
import { startTestServer } from '../support/test-server.js';

test('only what is named is stopped, and the document says how', async () => {
  await using child = await NodeChild.start(OBEDIENT);
  const entry = {
    kind: 'tunnel',
    url: 'http://127.0.0.1:15001',
    process: await identifyProcess(child.pid),
    host: 'deepx',
    startedAt: new Date().toISOString(),
    logFile: null,
    version: '0.0.0',
  };
  await using sandbox = new CliSandbox({
    [`state/runs/tunnel-${child.pid}.json`]: JSON.stringify(entry),
  });
  expect(await sandbox.run(['stop', 'server'])).toMatchObject({
    exitCode: 0,
    stdout: 'no server runs here\n',
  });
  const { exitCode, stdout } = await sandbox.run(['stop', 'tunnel', '--json']);
  expect(exitCode).toBe(0);
  const stopped = { kind: 'tunnel', url: entry.url, pid: child.pid, how: 'exited' };
  expect(JSON.parse(stdout)).toEqual({ stopped: [stopped], removedDesktops: [] });
  expect(await identifyProcess(child.pid)).toBeNull();
});

test('a tunnel is in status while it runs, and ends with stop', async () => {
  const { signal } = new AbortController();
  await using cluster = await startCluster({ signal, prefer: 'embedded' });
  await using running = await startTestServer();
  await using sandbox = new CliSandbox();
  const host = `${cluster.user}@127.0.0.1:${cluster.port}`;
  // Not the account's own, which is where ssh looks whatever HOME says.
  const config = sandbox.folder.write(
    'ssh_config',
    `UserKnownHostsFile ${sandbox.folder.path}/known_hosts\n`,
  );
  const flags = [
    '-R',
    `0:127.0.0.1:${running.server.url.port}`,
    '-i',
    cluster.identityFile,
    '--accept-new',
    '--ssh-config',
    config,
  ];
  const tunnel = sandbox.start(['tunnel', host, ...flags]);
  const [url] = await tunnel.readUntil(/http:\/\/127\.0\.0\.1:\d+/);
  const { stdout } = await sandbox.run(['status', '--json']);
  expect(JSON.parse(stdout).runs).toMatchObject([
    { kind: 'tunnel', url: `${url} on ${host}`, state: 'up', pid: tunnel.child.pid },
  ]);
  expect(await sandbox.run(['stop', 'tunnel'])).toMatchObject({ exitCode: 0 });
  expect((await tunnel.waitForExit()).exitCode).toBe(130);
  expect(await sandbox.runs()).toEqual([]);
});
