import { describe, expect, it } from 'vitest';
import { Shared } from '../../../src/lib/once.js';
import { whyUnavailable } from '../../../src/providers/docker/availability.js';
import { withTag } from '../../../src/providers/docker/image.js';
import { withoutFrames } from '../../../src/providers/docker/log-frames.js';
import { DockerProvider, type DockerProviderOptions } from '../../../src/providers/docker/provider.js';
import { type Answers, FakeDaemon, INFO } from './fake-daemon.js';

const SETTINGS = {
  image: 'arpo-desktop',
  ramSize: 4 * 1024 ** 3,
  cpuCores: 4,
  diskSize: 32 * 1024 ** 3,
  publishAddress: '127.0.0.1',
};
const IMAGE = 'GET /images/arpo-desktop:latest/json';
const OURS = { Config: { Labels: { 'arpo-env.guest': 'container' } } };
const A_VM = { Config: { Labels: null } };
const forever = new AbortController().signal;

async function withDaemon<T>(
  answers: Answers,
  use: (provider: DockerProvider, daemon: FakeDaemon) => Promise<T>,
  options: Partial<DockerProviderOptions> = {},
): Promise<T> {
  await using daemon = await FakeDaemon.start(answers);
  return await use(new DockerProvider({ ...SETTINGS, env: daemon.env, ...options }), daemon);
}

describe('preflight', () => {
  const preflight = (answers: Answers, options: Partial<DockerProviderOptions> = {}) =>
    withDaemon(answers, (provider) => provider.preflight(), options);

  it('finds nothing wrong with our own image, which needs no disk', async () => {
    expect(await preflight({ [IMAGE]: OURS })).toEqual([]);
  });

  it('is content with an image that has yet to be pulled', async () => {
    expect(await preflight({})).toEqual([]);
  });

  it("wants a disk for a VM, and for OSWorld's image even before it is pulled", async () => {
    const problem = [expect.objectContaining({ code: 'E_QCOW2' })];
    expect(await preflight({ [IMAGE]: A_VM })).toEqual(problem);
    expect(await preflight({}, { image: 'happysixd/osworld-docker' })).toEqual(problem);
  });

  it('names every problem: the disk, and memory that is not there', async () => {
    const problems = await preflight({ [IMAGE]: A_VM, 'GET /info': { ...INFO, MemTotal: 2 * 1024 ** 3 } });
    expect(problems.map(({ code }) => code)).toEqual(['E_QCOW2', 'E_OUT_OF_MEMORY']);
    expect(problems[1]?.message).toBe(
      "Docker's machine has 2.0 GB of memory, and each guest is given 4.0 GB",
    );
  });

  it('refuses a daemon that is too old', async () => {
    const [problem] = await preflight({ 'GET /version': { Version: '19.03.9', ApiVersion: '1.40' } });
    expect(problem).toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringMatching(/is 19\.03\.9 with API 1\.40; API 1\.41 is needed$/),
    });
  });

  it('never throws, whatever the address is', async () => {
    const env = { DOCKER_HOST: 'nonsense://' };
    expect(await preflight({}, { env })).toEqual([expect.objectContaining({ code: 'E_DOCKER' })]);
  });
});

describe('start', () => {
  it('pulls a missing image with its progress in figures, and repeats why it cannot be pulled', async () => {
    const events = [
      { id: 'a', status: 'Downloading', progressDetail: { current: 100e6, total: 500e6 } },
      { id: 'b', status: 'Downloading', progressDetail: { current: 212e6, total: 390e6 } },
      { error: 'toomanyrequests: You have reached your pull rate limit' },
    ];
    const pull = { 'GET /containers/json': [], 'POST /images/create': lines(events) };
    const progress: (string | undefined)[] = [];
    await withDaemon(pull, async (provider, { requests }) => {
      const starting = provider.start({ signal: forever, onProgress: ({ detail }) => progress.push(detail) });
      await expect(starting).rejects.toMatchObject({
        code: 'E_IMAGE',
        message: expect.stringContaining('toomanyrequests'),
      });
      expect(requests).not.toContain('POST /containers/create');
    });
    expect(progress.slice(1)).toEqual([
      'arpo-desktop:latest',
      'arpo-desktop:latest: 100 of 500 MB',
      'arpo-desktop:latest: 312 of 890 MB',
    ]);
  });

  it('is cancelled in the middle of a pull', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const event = { id: 'a', status: 'Downloading', progressDetail: { current: 1, total: 2 } };
    const pull = {
      'GET /containers/json': [],
      'POST /images/create': (response: import('node:http').ServerResponse) =>
        void response.writeHead(200).write(`${JSON.stringify(event)}\n`),
    };
    await withDaemon(pull, async (provider) => {
      const onProgress = ({ detail }: { detail?: string }) => detail?.endsWith('MB') && cancel.abort(reason);
      await expect(provider.start({ signal: cancel.signal, onProgress })).rejects.toBe(reason);
    });
  });

  it('says that orphans could not be removed, and goes on', async () => {
    const warnings: string[] = [];
    const answers = { [IMAGE]: OURS, 'GET /containers/json': refuse(500, 'a teapot') };
    await withDaemon(
      answers,
      async (provider) => {
        const starting = provider.start({ signal: forever, onProgress: () => {} });
        await expect(starting).rejects.toMatchObject({ message: expect.stringContaining('No such thing') });
      },
      { onWarning: (text) => warnings.push(text) },
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^desktops that a dead server left may still be there: .*a teapot$/),
    ]);
  });
});

describe('whyUnavailable', () => {
  it.each<[string, Answers, string | null]>([
    ['nothing, with our image there', { [IMAGE]: OURS }, null],
    ['the image', {}, 'the image arpo-desktop:latest is not here'],
    ['the disk', { [IMAGE]: A_VM }, 'image arpo-desktop:latest boots a VM, and no disk for it is given'],
  ])('%s', async (_title, answers, why) => {
    await using daemon = await FakeDaemon.start(answers);
    expect(await whyUnavailable(SETTINGS, daemon.env)).toBe(why);
  });
});

it.each([
  ['arpo-desktop', 'arpo-desktop:latest'],
  ['registry.cluster.example:5000/a/b', 'registry.cluster.example:5000/a/b:latest'],
  ['a:1', 'a:1'],
  ['a@sha256:00', 'a@sha256:00'],
])('the image %s is %s', (name, tagged) => {
  expect(withTag(name)).toBe(tagged);
});

it('takes the frames off a log, also off one that was cut', () => {
  const frame = (text: string) =>
    Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);
  const log = Buffer.concat([frame('one\n'), frame('two\n'), frame('three\n').subarray(0, 11)]);
  expect(withoutFrames(log)).toBe('one\ntwo\nthr');
});

describe('Shared', () => {
  it('runs once for all, forgets a failure, and lets one waiter go without the others', async () => {
    let runs = 0;
    const shared = new Shared(async () => {
      runs += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (runs === 1) throw new Error('first');
      return runs;
    });
    await expect(Promise.all([shared.get(forever), shared.get(forever)])).rejects.toThrow('first');
    const cancel = new AbortController();
    const cancelled = shared.get(cancel.signal);
    const kept = shared.get(forever);
    cancel.abort(new Error('enough'));
    await expect(cancelled).rejects.toThrow('enough');
    expect(await kept).toBe(2);
    expect(await shared.get(forever)).toBe(2);
  });
});

function lines(events: unknown[]) {
  return (response: import('node:http').ServerResponse) =>
    void response.writeHead(200).end(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

function refuse(status: number, message: string) {
  return (response: import('node:http').ServerResponse) =>
    void response.writeHead(status).end(JSON.stringify({ message }));
}
