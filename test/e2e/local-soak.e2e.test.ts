/** 200 episodes of random actions on two envs at once: every answer is good, no key stays down, and nothing grows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { expect, it } from 'vitest';
import { lastImage } from '../../src/env-api/client.js';
import { describeWith } from '../support/components.js';
import { randomOf, randomPrediction, randomPython } from '../support/random-actions.js';
import { type Answer, RawClient } from '../support/raw-client.js';
import { type Resources, ServerResources } from '../support/server-resources.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const SERVER = fileURLToPath(new URL('../support/soak-server.mjs', import.meta.url));
const EPISODES = 200;
const ENVS = 2;
const STANDBY = 2;
/** Of the first and of the last episodes. */
const WINDOW = 20;
const SEED = 20261128;
/** Its start with pyautogui costs as much as a desktop's. */
const PYTHON_EVERY = 4;
const DELTA = '?history=delta';
const FLAT = 1.1;
/** V8 and the allocator keep some of what they once had: over the first hundred episodes, and no more then. */
const WARM = 1.5;
const SCREEN = { width: 1920, height: 1080 };

/** Says `up`, or which keys (by their codes) are down. */
const KEYS_DOWN = `
import ctypes
x11 = ctypes.CDLL('libX11.so.6')
x11.XOpenDisplay.restype = ctypes.c_void_p
keys = ctypes.create_string_buffer(32)
x11.XQueryKeymap(ctypes.c_void_p(x11.XOpenDisplay(None)), keys)
down = [code for code in range(256) if keys.raw[code // 8] >> code % 8 & 1]
print(f'keys {down} are down' if down else 'up', end='')
`;

function taskOf(episode: number, python: string | null): object {
  return {
    id: `soak-${episode}`,
    instruction: 'Do anything.',
    config: python === null ? [] : [{ type: 'execute', parameters: { command: ['python', '-c', python] } }],
    evaluator: {
      func: 'exact_match',
      result: { type: 'vm_command_line', command: ['/usr/bin/python3', '-IS', '-c', KEYS_DOWN] },
      expected: { type: 'rule', rules: { expected: 'up' } },
    },
  };
}

/** Bytes of the server's heap and of what it holds outside of it, after a full collection; and of its process. */
interface Memory {
  heap: number;
  resident: number;
}
type Sample = Resources & Memory;

describeWith('Xvfb', 'provider local over many episodes', () => {
  it(`${EPISODES} episodes of random actions on ${ENVS} envs`, { timeout: 1_200_000 }, async () => {
    using folder = new TemporaryFolder();
    await using server = new SoakServer(folder.path);
    const resources = await ServerResources.of(server.pid, folder.path);
    const base = await server.nextLine();
    const first: Sample[] = [];
    const last: Sample[] = [];
    let begun = 0;
    const play = async (env: number) => {
      const client = new RawClient(`${base.replace(/\/$/, '')}/envs/${env}`);
      while (begun < EPISODES) {
        begun += 1;
        const episode = begun;
        await playEpisode(client, episode);
        resources.look();
        // In each, so that the last ones do not show what garbage the others left.
        const memory = await server.memory();
        if (episode <= WINDOW) first.push({ ...resources.now(), ...memory });
        if (episode > EPISODES - WINDOW) last.push({ ...resources.now(), ...memory });
      }
    };
    await Promise.all(Array.from({ length: ENVS }, (_, env) => play(env)));
    expect([first.length, last.length]).toEqual([WINDOW, WINDOW]);
    expectFlat(first, last);
    await server[Symbol.asyncDispose]();
    expect(resources.now()).toMatchObject({ processes: 0, groups: 0, mounts: 0 });
  });
});

async function playEpisode(client: RawClient, episode: number): Promise<void> {
  const random = randomOf(SEED + episode);
  const python = episode % PYTHON_EVERY === 0 ? randomPython(random) : null;
  const reset = await client.reset(taskOf(episode, python), { query: DELTA });
  await expectScreenshot(reset, `episode ${episode}, reset`);
  await expectKeysUp(client, `episode ${episode}, ${python ?? 'reset'}`);
  for (let steps = 3 + Math.floor(random() ** 2 * 4); steps > 0; steps -= 1) {
    const prediction = randomPrediction(random);
    await expectScreenshot(await client.post(`/env/step${DELTA}`, { prediction }), prediction);
    await expectKeysUp(client, `episode ${episode}, ${prediction}`);
  }
}

async function expectKeysUp(client: RawClient, after: string): Promise<void> {
  const answer = await client.evaluate();
  expect([answer.status, answer.text], `keys after ${after}`).toEqual([200, '1.0']);
}

/** A whole picture of the screen's size. */
async function expectScreenshot({ status, text, json }: Answer, after: string): Promise<void> {
  expect(status, `${after}: ${text.slice(0, 2000)}`).toBe(200);
  const png = lastImage(json().obs_messages);
  if (png === null) return expect.fail(`no picture after ${after}`);
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([SCREEN.width, SCREEN.height]);
  const packed: Buffer[] = [];
  let at = 8;
  while (at < png.length) {
    const [length, type] = [png.readUInt32BE(at), png.toString('latin1', at + 4, at + 8)];
    if (type === 'IDAT') packed.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  expect(at, 'its last chunk ends it').toBe(png.length);
  const bytesPerPixel = png[25] === 6 ? 4 : 3;
  const pixels = await promisify(inflate)(Buffer.concat(packed));
  expect(pixels.length).toBe((SCREEN.width * bytesPerPixel + 1) * SCREEN.height);
}

/** The least that one of the last episodes took is no more than what the first ones mostly did: what leaks never shrinks. */
function expectFlat(first: readonly Sample[], last: readonly Sample[]): void {
  const kinds = Object.keys(first[0] ?? {}) as (keyof Sample)[];
  const table = kinds.map((kind) => {
    const [before = [], after = []] = [first, last].map((samples) => samples.map((sample) => sample[kind]));
    return { kind, before: median(before), after: median(after), least: Math.min(...after) };
  });
  console.table(table);
  for (const { kind, before, least } of table)
    expect(least, `${kind}, the least of the last ${WINDOW} episodes`).toBeLessThanOrEqual(
      before * (kind === 'resident' ? WARM : FLAT),
    );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

class SoakServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;
  #asked: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    const args = ['--expose-gc', SERVER, String(ENVS), String(STANDBY), folder];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#exited = once(child, 'exit');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async nextLine(): Promise<string> {
    const { value, done } = await this.#lines.next();
    return done ? expect.fail('the server has ended') : value;
  }

  /** One after the other: of two signals that come while the server is busy it sees one. */
  memory(): Promise<Memory> {
    const asked = this.#asked.then(async () => {
      this.#child.kill('SIGUSR2');
      const { heapUsed, external, rss } = JSON.parse(await this.nextLine());
      return { heap: heapUsed + external, resident: rss };
    });
    this.#asked = asked;
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#exited;
  }
}
