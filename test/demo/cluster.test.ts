import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { startCluster } from '../../src/demo/cluster.js';
import { createClusterFiles } from '../../src/demo/cluster-files.js';
import { descendants } from '../../src/host/process-table.js';

const signal = () => AbortSignal.timeout(15_000);

it('starts embedded, with a key, a known host and a name for what it is', async () => {
  await using cluster = await startCluster({ signal: signal(), prefer: 'embedded' });

  expect(cluster).toMatchObject({
    kind: 'embedded',
    host: '127.0.0.1',
    description: expect.stringContaining('embedded'),
  });
  expect(await readFile(cluster.knownHostsFile, 'utf8')).toMatch(
    new RegExp(`^\\[127\\.0\\.0\\.1\\]:${cluster.port} ecdsa-sha2-nistp256 `),
  );
  expect(statSync(cluster.identityFile).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(cluster.identityFile)).mode & 0o777).toBe(0o700);
});

it('leaves nothing behind, disposed once or twice', async () => {
  const cluster = await startCluster({ signal: signal(), prefer: 'embedded' });
  await cluster[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();

  expect(existsSync(dirname(cluster.identityFile))).toBe(false);
  const refused = new Promise((resolve) =>
    connect({ port: cluster.port, host: cluster.host }).once('error', resolve),
  );
  expect(await refused).toMatchObject({ code: 'ECONNREFUSED' });
});

it('leaves nothing behind when its start is aborted', async () => {
  const before = await clusterFolders();
  const reason = new Error('enough');
  const controller = new AbortController();
  const starting = startCluster({ signal: controller.signal });
  controller.abort(reason);

  await expect(starting).rejects.toBe(reason);
  expect(await clusterFolders()).toEqual(before);
});

it('makes keys that can be read, every time', async () => {
  for (let round = 0; round < 100; round += 1) {
    await using files = await createClusterFiles();
    expect(ssh2.utils.parseKey(files.hostKey)).toMatchObject({ type: 'ecdsa-sha2-nistp256' });
    expect(ssh2.utils.parseKey(await readFile(files.identityFile))).toMatchObject({
      type: 'ecdsa-sha2-nistp256',
    });
  }
});

it('finds the descendants of a process', async () => {
  expect(await descendants(process.ppid)).toContain(process.pid);
  expect(await descendants(process.pid)).not.toContain(process.ppid);
});

/** Those of this process, by their owner: other tests make theirs at the same time, so only a difference counts. */
async function clusterFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('arpo-env-cluster-')).sort();
}
