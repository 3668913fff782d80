/** What goes wrong with OSWorld's own evaluators is named, costs its own evaluation alone, and leaves nothing behind. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnvClient } from '../../src/env-api/client.js';
import { ArpoEnvError } from '../../src/errors.js';
import type { Installation } from '../../src/evaluators/osworld/installation.js';
import { identifyProcesses, isRunning, type ProcessIdentity, sendSignal } from '../../src/host/process.js';
import { commandLine, descendants } from '../../src/host/process-table.js';
import { canInstallEvaluators, INSTALL_LIMIT_MS, installedEvaluators } from '../support/evaluators.js';
import { eventually } from '../support/eventually.js';
import { Foreground } from '../support/foreground.js';
import { layEvaluators } from '../support/installed-evaluators.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { BOMBS } from './fixtures/evaluators/bombs.js';
import { type CaseFiles, makeCaseFiles } from './fixtures/evaluators/case-files.js';
import { MEDIA } from './fixtures/evaluators/media.js';
import { OFFICE } from './fixtures/evaluators/office.js';

const SERVE = ['serve', '--provider', 'sim', '--port', '0', '--json'];
/** An answer of `/health` that comes later is none. */
const HEALTH_MS = 1000;

const [workbook] = OFFICE;
const songs = MEDIA.find(({ name }) => name === 'songs');
if (!workbook || !songs) throw new Error('no such case');

describe.skipIf(!canInstallEvaluators())("faults of OSWorld's own evaluators", () => {
  let installation: Installation;
  let files: CaseFiles;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = new TemporaryFolder();
    installation = await installedEvaluators();
    files = await makeCaseFiles(installation.python ?? '', ['sheets', 'media', 'bombs']);
  }, INSTALL_LIMIT_MS);
  afterAll(async () => {
    await files?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  /** The built program, with OSWorld's evaluators and one worker. */
  const serve = (settings: Record<string, string> = {}) => {
    const variables = { ENGINE: 'osworld', DIR: installation.dir, WORKERS: '1', ...settings };
    const named = Object.entries(variables).map(([name, value]) => [`ARPO_ENV_EVALUATORS_${name}`, value]);
    return new Foreground(SERVE, { env: Object.fromEntries(named) });
  };
  const reward = async (client: EnvClient) => {
    await client.reset(files.task(workbook, { state: 'solved' }));
    return (await client.evaluate()).reward;
  };

  describe('while a metric runs', () => {
    let patient: Foreground;
    let hasty: Foreground;
    beforeAll(() => {
      patient = serve({ MEMORY_LIMIT: '400M' });
      hasty = serve({ TIME_LIMIT: '2s' });
    });
    afterAll(async () => {
      for (const server of [patient, hasty]) {
        const theirs = await pythonOf(server);
        sendSignal(server.pid, 'SIGTERM');
        await server.cli.waitForExit();
        await goneSoon(theirs);
        await server[Symbol.asyncDispose]();
      }
    });

    interface Fault {
      what: string;
      name: keyof typeof BOMBS;
      says: RegExp;
      /** What is done meanwhile. */
      during?: (server: Foreground) => Promise<unknown>;
      isHasty?: boolean;
    }
    const FAULTS: readonly Fault[] = [
      {
        what: 'kill -9 of the worker',
        name: 'sleeps',
        says: /lost.* 137|SIGKILL/,
        during: (it) => kill(it, 0),
      },
      { what: 'kill -9 of what runs it', name: 'sleeps', says: /SIGKILL/, during: (it) => kill(it, -1) },
      { what: 'it never ends', name: 'loops', says: /took longer than 2 s/, isHasty: true },
      { what: 'a regex never ends', name: 'regex', says: /took longer than 2 s/, isHasty: true },
      { what: 'it ends its process', name: 'exits', says: /exit code 7/ },
      { what: 'it forks without end', name: 'forks', says: /too many processes|more than 400/ },
      { what: 'it takes all memory', name: 'hoards', says: /more than 400/ },
      { what: 'a workbook unpacks to 500 MB', name: 'workbook', says: /more than 400/ },
      { what: 'a picture of 175 megapixels', name: 'picture', says: /more than 400/ },
      { what: 'an archive unpacks to 450 MB', name: 'archive', says: /No space left|more than 400/ },
      { what: 'it raises', name: 'untagged', says: /ID3NoHeaderError/ },
    ];
    it.each(FAULTS)('$what', async ({ name, says, during, isHasty = false }) => {
      const server = isHasty ? hasty : patient;
      const client = await clientOf(server);
      const { func, ...one } = BOMBS[name];
      const task = files.task(one) as { id: string };
      await client.reset(task);
      const isOver = new AbortController();
      const health = healthUntil(client, isOver.signal);
      const refused = refusal(client.evaluate()).finally(() => isOver.abort());
      await during?.(server);
      const error = await refused;
      expect(error).toMatchObject({ code: 'E_EVALUATE_FAILED', message: expect.stringMatching(says) });
      expect(error.message).toContain(func);
      expect(error.message).toContain(task.id);
      expect(await health, 'answers of /health').not.toContain('silent');
      expect(await reward(client), 'the next evaluation').toBe(1);
    });

    it('kill -9 of the server leaves no Python', async () => {
      await using server = serve();
      const client = await clientOf(server);
      await client.reset(files.task(BOMBS.sleeps));
      client.evaluate().catch(() => undefined);
      const theirs = await pythonInMetric(server);
      sendSignal(server.pid, 'SIGKILL');
      await server.cli.waitForExit();
      await goneSoon(theirs);
    });
  });

  describe('where something is missing', () => {
    interface Lack {
      what: string;
      /** Lays it in that folder, and says what the server is told of it. */
      lay: (at: string) => Record<string, string>;
      task?: typeof workbook;
      at?: 'reset' | 'evaluate';
      says: RegExp;
      fix: RegExp;
    }
    const cloneWith = (change: (metrics: string) => void) => (at: string) => {
      cpSync(join(installation.osworld ?? '', 'desktop_env'), join(at, 'desktop_env'), { recursive: true });
      change(join(at, 'desktop_env/evaluators/metrics'));
      return { OSWORLD: at };
    };
    const LACKS: readonly Lack[] = [
      {
        what: 'nothing is installed',
        lay: (at) => ({ DIR: at }),
        says: /compare_table .* not installed/,
        fix: /^arpo-env evaluators install$/,
      },
      {
        what: 'a package is not installed',
        lay: (at) => {
          layEvaluators(at, ['openpyxl']);
          return { DIR: at };
        },
        task: songs,
        says: /check_mp3_meta .*mutagen/,
        fix: /^arpo-env evaluators install$/,
      },
      {
        what: 'the clone is an empty folder',
        lay: (at) => {
          mkdirSync(at);
          return { OSWORLD: at };
        },
        says: /has no desktop_env\/evaluators/,
        fix: /clone of OSWorld/,
      },
      {
        what: 'the clone is of a time before the metric',
        lay: cloneWith((metrics) => rmSync(join(metrics, 'table.py'))),
        at: 'evaluate',
        says: /compare_table .*table\.py\) cannot be loaded/,
        fix: /^bring .* in order, or leave evaluators\.osworld out/,
      },
      {
        what: 'the clone does not compile',
        lay: cloneWith((metrics) => writeFileSync(join(metrics, 'table.py'), 'def compare_table(:\n')),
        at: 'evaluate',
        says: /compare_table .*table\.py\) cannot be loaded/,
        fix: /^bring .* in order, or leave evaluators\.osworld out/,
      },
    ];
    it.each(LACKS)('$what', async ({ what, lay, task = workbook, at = 'reset', says, fix }) => {
      const place = join(folder.path, what);
      await using server = serve(lay(place));
      const client = await clientOf(server);
      const reset = client.reset(files.task(task, { state: 'solved' }));
      const error = await refusal(at === 'reset' ? reset : reset.then(() => client.evaluate()));
      expect(error).toMatchObject({ message: expect.stringMatching(says), fix: expect.stringMatching(fix) });
      sendSignal(server.pid, 'SIGTERM');
      await server.cli.waitForExit();
    });
  });
});

async function clientOf(server: Foreground): Promise<EnvClient> {
  await server.listening();
  const { url } = JSON.parse(server.cli.stdout) as { url: string };
  return new EnvClient(new URL(url), { signal: new AbortController().signal });
}

/** The error that comes in place of an answer. */
async function refusal(answer: Promise<object>): Promise<ArpoEnvError> {
  const error = await answer.then(
    (given) => expect.fail(`answered ${JSON.stringify(given)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof ArpoEnvError) return error;
  throw error;
}

/** What `/health` says, one time after the other. */
async function healthUntil(client: EnvClient, signal: AbortSignal): Promise<string[]> {
  const kinds: string[] = [];
  while (!signal.aborted) kinds.push((await client.health({ deadlineMs: HEALTH_MS })).kind);
  return kinds;
}

/** Those of a server's processes that are Python, the parents first. */
async function pythonOf(server: Foreground): Promise<ProcessIdentity[]> {
  const found = await descendants(server.pid);
  const lines = await Promise.all(found.map(commandLine));
  const isPython = (index: number) => /^\S*python\S* .*worker\.py/.test(lines[index] ?? '');
  return identifyProcesses(found.filter((_, index) => isPython(index)));
}

/** The worker and what it has forked for the evaluation, once that is there. */
async function pythonInMetric(server: Foreground): Promise<ProcessIdentity[]> {
  let found: ProcessIdentity[] = [];
  await eventually(async () => {
    found = await pythonOf(server);
    expect(found.length).toBeGreaterThan(1);
  });
  return found;
}

async function kill(server: Foreground, which: number): Promise<void> {
  const found = await pythonInMetric(server);
  sendSignal(found.at(which)?.pid ?? expect.fail('no worker'), 'SIGKILL');
}

async function goneSoon(processes: readonly ProcessIdentity[]): Promise<void> {
  await eventually(async () => {
    const left = await Promise.all(processes.map(isRunning));
    expect(left).not.toContain(true);
  });
}
