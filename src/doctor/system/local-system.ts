/** This machine. */
import { lookup } from 'node:dns/promises';
import { open, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism, homedir, totalmem, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { readInstanceMetadata } from '../../aws/instance-metadata.js';
import type { Config } from '../../config/schema.js';
import { toArpoEnvError } from '../../errors.js';
import { readKvmFacts } from '../../host/kvm/facts.js';
import { recallKvmFailure, thisMachine } from '../../host/kvm/failures.js';
import { findKvm } from '../../host/kvm/kvm.js';
import { describePortHolder } from '../../host/ports.js';
import { listRuns } from '../../runs/registry.js';
import { stateFolder } from '../../runs/state-folder.js';
import { httpGet, tcpConnect } from './network.js';
import type { FileFacts, RunOptions, RunResult, System } from './system.js';

const RUN_MS = 5000;
/** Where root's programs are; they are often not in a user's PATH. */
const ROOT_FOLDERS = '/usr/local/sbin:/usr/sbin:/sbin';

export function localSystem(env: NodeJS.ProcessEnv): System {
  const { username, uid } = userInfo();
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    cores: availableParallelism(),
    memory: totalmem(),
    user: { name: username, uid, groups: process.getgroups?.() ?? [], home: homedir() },
    env,
    now: () => Date.now(),
    run: (argv, options) => run(argv, options, env),
    readText: (path) => readFile(path, 'utf8').catch(() => null),
    readEnd: (path, bytes) => readEnd(path, bytes).catch(() => null),
    stat: (path) => factsOf(path).catch(() => null),
    list: (folder) => readdir(folder).catch(() => []),
    freeBytes,
    connect: tcpConnect,
    get: httpGet,
    lookup: (name) =>
      lookup(name, { all: true }).then(
        (found) => found.map(({ address }) => address),
        () => [],
      ),
    portHolder: describePortHolder,
    runs: () => listRuns(stateFolder(env).runs),
    metadata: (signal) => readInstanceMetadata(env, signal),
    kvm: () => readKvmFacts(),
    kvmFailure: async () => {
      const file = stateFolder(env).kvmFailures;
      const failure = await recallKvmFailure(file, await thisMachine());
      return failure && { failure, file };
    },
    tryKvm: (signal) => findKvm({ deep: true, signal }),
    chooseProvider: async (config) => {
      const { createProvider } = await import('../../providers/index.js');
      const { provider, why } = await createProvider(config);
      return { name: provider.name, why };
    },
    preflight,
  };
}

async function run(
  [program, ...args]: readonly [string, ...string[]],
  { signal, timeoutMs = RUN_MS, input }: RunOptions,
  env: NodeJS.ProcessEnv,
): Promise<RunResult> {
  const result = await execa(program, args, {
    cancelSignal: signal,
    timeout: timeoutMs,
    forceKillAfterDelay: 500,
    env: { ...env, LC_ALL: 'C', PATH: `${env.PATH ?? ''}:${ROOT_FOLDERS}` },
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  signal.throwIfAborted();
  const missing = result.code === 'ENOENT' || result.code === 'EACCES';
  const exitCode = missing ? 127 : result.timedOut ? null : (result.exitCode ?? null);
  return { exitCode, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

async function factsOf(path: string): Promise<FileFacts> {
  const info = await stat(path);
  return {
    kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other',
    size: info.size,
    mode: info.mode & 0o777,
  };
}

async function readEnd(path: string, bytes: number): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const start = Math.max(0, size - bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.subarray(0, bytesRead).toString('utf8');
}

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}

async function preflight(config: Config) {
  try {
    const { createProvider } = await import('../../providers/index.js');
    return await (await createProvider(config)).provider.preflight();
  } catch (error) {
    return [toArpoEnvError(error).toJSON()];
  }
}
