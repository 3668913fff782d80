/** What the parts of a healthy topology answer, for the world and for faults to change one thing of. */
import type { Health } from '../../src/env-api/schemas.js';
import type { InstallationStatus } from '../../src/evaluators/osworld/status.js';
import type { HttpAnswer } from '../../src/host/host.js';
import { packageVersion } from '../../src/lib/package.js';
import type { Run } from '../../src/runs/run.js';

/** Read once: the decision table makes thousands of worlds. */
const VERSION = packageVersion();

export function health(changes: Partial<Health>): Health {
  return {
    status: 'ok',
    version: VERSION,
    provider: 'docker',
    env: 0,
    state: 'ready',
    elapsed: 12,
    deadline: null,
    boot_elapsed: 40,
    phase: null,
    boot_log: null,
    screenshot: true,
    chrome_cdp: true,
    desktop: 'arpo-env-1',
    watch: null,
    task: null,
    steps: 0,
    is_done: false,
    queue: 0,
    standby: { ready: 0, booting: 0 },
    failure: null,
    last_problem: null,
    ...changes,
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: JSON.stringify(body) };
}

/** As curl -i prints it. */
export function httpLines(status: number, body: unknown, headers: string[] = []): string[] {
  return [`HTTP/1.1 ${status} X`, 'content-type: application/json', ...headers, '', JSON.stringify(body)];
}

export function trainingYaml(changes: {
  url?: string;
  key?: string;
  envs?: number;
  steps?: number;
  images?: number;
  rollout?: number;
}): string[] {
  const {
    url = 'http://127.0.0.1:15001',
    key = 'remote_server_url',
    envs = 1,
    steps = 16,
    images = 16,
    rollout = 4,
  } = changes;
  return [
    'data:',
    `  rollout_batch_size: ${rollout}`,
    'worker:',
    '  actor:',
    '    global_batch_size: 8',
    '  rollout:',
    `    limit_images: ${images}`,
    'env:',
    `  num_envs: ${envs}`,
    `  max_steps: ${steps}`,
    `  ${key}: "${url}"`,
  ];
}

export function aRun(kind: 'server' | 'tunnel', url: string, pid: number): Run {
  const record = {
    process: { pid, startTime: '1' },
    url,
    startedAt: '2026-11-21T11:00:00.000Z',
    version: VERSION,
  };
  return kind === 'server'
    ? { ...record, kind, provider: 'docker', envs: 1, logFile: '/logs/server.log' }
    : { ...record, kind, host: 'deepx', logFile: null };
}

/** OSWorld's evaluators, whole. */
export function installedEvaluators(): InstallationStatus {
  return {
    installation: {
      dir: '/data/evaluators',
      set: 'core',
      python: '/data/evaluators/venv/bin/python',
      packages: new Set(['numpy']),
      osworld: '/data/evaluators/osworld',
      problems: [],
    },
    installed: {
      complete: true,
      set: 'core',
      python: '3.11.7',
      packages: { numpy: '1.26.4' },
      osworld: { version: '1.0.2' },
    },
    bytes: 1e9,
    outdated: [],
    tasks: { total: 369, scored: 358 },
  };
}
