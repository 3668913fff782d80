/** Desktops that somebody else started: found, handed out, brought back as the user says, and left as they are. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type AttachOptions, AttachProvider } from '../../src/providers/attach.js';
import { createSimProvider } from '../../src/providers/sim.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const { signal } = new AbortController();
const start = (provider: AttachProvider) => provider.start({ signal, onProgress: () => undefined });
const attach = (options: Partial<AttachOptions>) =>
  new AttachProvider({
    ...{ agents: [], cdpPort: 9222, vlcPort: 8080, screen: { width: 1920, height: 1080 } },
    ...options,
  });

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A process that is more than an entry in the table. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what is asked before a start', () => {
  it('wants an agent', async () => {
    expect(await attach({}).preflight()).toMatchObject([{ code: 'E_CONFIG' }]);
  });

  it('names an agent that does not answer, with what asks it', async () => {
    const agents = ['http://127.0.0.1:1/'];
    expect(await attach({ agents }).preflight()).toMatchObject([
      {
        code: 'E_AGENT_UNREACHABLE',
        fix: expect.stringMatching(
          /^start the guest agent there.* curl -sS -X POST http:\/\/127.0.0.1:1\/screen_size$/,
        ),
      },
    ]);
  });

  it('asks whether an agent that speaks no TLS was meant to', async () => {
    await using desktop = await createSimProvider().start({ signal, onProgress: () => undefined });
    const { href } = desktop.endpoints.agent;
    const [problem] = await attach({ agents: [href.replace('http:', 'https:')] }).preflight();
    expect(problem?.fix).toBe(`is it served without TLS, as OSWorld's is? --attach ${href}`);
    expect(problem?.message.trim()).toBe(problem?.message);
  });

  it('refuses a desktop of another size: it would be clicked beside', async () => {
    await using desktop = await createSimProvider({ screen: { width: 1280, height: 800 } }).start({
      signal,
      onProgress: () => undefined,
    });
    const agents = [desktop.endpoints.agent.href];
    expect(await attach({ agents }).preflight()).toMatchObject([
      { code: 'E_CONFIG', fix: 'export SCREEN_WIDTH=1280 SCREEN_HEIGHT=800' },
    ]);
    expect(await attach({ agents, screen: { width: 1280, height: 800 } }).preflight()).toEqual([]);
  });
});

it('hands each desktop out once, and again when it was given back', async () => {
  const provider = attach({ agents: ['http://192.0.2.7:5000/', 'http://192.0.2.8:5000/'] });
  const [one, other] = [await start(provider), await start(provider)];
  expect([one.id, other.id]).toEqual(['attach-192.0.2.7:5000', 'attach-192.0.2.8:5000']);
  expect(one.endpoints.cdp.href).toBe('http://192.0.2.7:9222/');
  expect(one.endpoints.watch).toBeNull();
  const watched = attach({ agents: ['http://192.0.2.7:5000/'], watchPort: 8006 });
  expect((await start(watched)).endpoints.watch?.href).toBe('http://192.0.2.7:8006/');
  await expect(start(provider)).rejects.toMatchObject({ code: 'E_PROVIDER_UNAVAILABLE' });
  await one[Symbol.asyncDispose]();
  expect((await start(provider)).id).toBe('attach-192.0.2.7:5000');
});

it('counts a desktop that is named twice once', () => {
  const agent = 'http://192.0.2.7:5000/';
  expect(attach({ agents: [agent, agent] }).capacity).toBe(1);
});

describe('bringing back', () => {
  const agents = ['http://192.0.2.7:5000/'];

  it('is said to be missing where nobody said how', async () => {
    const provider = attach({ agents });
    expect(provider.note).toContain('each begins with what the one before left');
    expect(await (await start(provider)).restore({ signal })).toBe('same');
  });

  it('runs the command, without a shell, before the first and before each further episode', async () => {
    using folder = new TemporaryFolder();
    const log = `${folder.path}/log`;
    const resetCommand = ['sh', '-c', 'echo "$0 $1" >> "$2"', '{host}', '{agent};$(touch x)', log];
    const provider = attach({ agents, resetCommand });
    expect(provider.note).toBeUndefined();
    const desktop = await start(provider);
    expect(await desktop.restore({ signal })).toBe('same');
    const line = '192.0.2.7 http://192.0.2.7:5000/;$(touch x)\n';
    expect(readFileSync(log, 'utf8')).toBe(line + line);
    expect(existsSync('x')).toBe(false);
  });

  it('says what the command said when it failed, and gives the desktop back', async () => {
    const provider = attach({ agents, resetCommand: ['sh', '-c', 'echo no such snapshot >&2; exit 3'] });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(start(provider)).rejects.toMatchObject({
        code: 'E_BOOT_FAILED',
        message: 'the desktop was not brought back: sh ended with exit code 3: no such snapshot',
      });
    }
  });

  it('names a command that is not there, before anybody waits for it', async () => {
    const lack = async (...resetCommand: string[]) =>
      (await attach({ agents: ['http://127.0.0.1:1/'], resetCommand }).preflight()).slice(1);
    const message = 'providers.attach.resetCommand: there is no program "no-such-command"';
    expect(await lack('no-such-command', 'x')).toMatchObject([{ code: 'E_CONFIG', message }]);
    expect(await lack('virsh snapshot-revert win10')).toMatchObject([
      { fix: expect.stringContaining('resetCommand: [virsh, snapshot-revert, win10]') },
    ]);
    expect(await lack('/no/such/command')).toHaveLength(1);
    expect(await lack('sh', '-c', 'true')).toEqual([]);
    expect(await lack('{host}-reset')).toEqual([]);
    await expect(start(attach({ agents, resetCommand: ['no-such-command', 'a b'] }))).rejects.toMatchObject({
      message: expect.stringMatching(/no-such-command could not be run: .*ENOENT/),
      fix: "run it by hand, and see what it says: no-such-command 'a b'",
    });
  });

  it('ends the command and what it started with its caller', async () => {
    using folder = new TemporaryFolder();
    const pids = `${folder.path}/pids`;
    const leaving = new AbortController();
    const resetCommand = ['sh', '-c', 'sleep 1000 & echo $$ $! > "$0.new"; mv "$0.new" "$0"; wait', pids];
    const started = attach({ agents, resetCommand }).start({
      signal: leaving.signal,
      onProgress: () => undefined,
    });
    const settled = expect(started).rejects.toThrow('enough');
    await until(() => existsSync(pids));
    leaving.abort(new Error('enough'));
    await settled;
    for (const pid of readFileSync(pids, 'utf8').trim().split(' ')) expect(isAlive(Number(pid))).toBe(false);
  });

  it('waits for the command alone: what it leaves in the background lives on, and may write', async () => {
    using folder = new TemporaryFolder();
    const pids = `${folder.path}/pids`;
    const wrote = `${folder.path}/wrote`;
    const machine = `(trap 'echo bye >&2 && touch ${wrote}; exit' TERM; while :; do sleep 0.05; done) & echo $! > ${pids}`;
    await start(attach({ agents, resetCommand: ['sh', '-c', machine] }));
    const pid = Number(readFileSync(pids, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid);
    await until(() => existsSync(wrote));
  });

  it('lets the command say as much as it likes, and keeps secrets', async () => {
    const chatty = 'head -c 5000000 /dev/zero | tr "\\0" x >&2; echo; echo "$ARPO_ENV_TOKEN" >&2';
    await start(attach({ agents, resetCommand: ['sh', '-c', chatty] }));
    const { ARPO_ENV_TOKEN } = process.env;
    process.env.ARPO_ENV_TOKEN = 'the-token';
    try {
      const resetCommand = [
        'sh',
        '-c',
        'echo "[$ARPO_ENV_TOKEN] http://me:pass@hypervisor/ refused" >&2; exit 1',
      ];
      await expect(start(attach({ agents, resetCommand }))).rejects.toThrow(
        /: \[\] http:\/\/\(hidden\)@hypervisor\/ refused$/,
      );
    } finally {
      if (ARPO_ENV_TOKEN === undefined) delete process.env.ARPO_ENV_TOKEN;
      else process.env.ARPO_ENV_TOKEN = ARPO_ENV_TOKEN;
    }
    const posted = start(attach({ agents, resetUrl: 'http://me:pass@127.0.0.1:1/revert?key=secret' }));
    await expect(posted).rejects.toThrow(/POST http:\/\/127\.0\.0\.1:1\/revert: (?!.*(?:pass|secret))/);
    const [problem] = await attach({ agents: ['http://me:pass@127.0.0.1:1/'] }).preflight();
    expect(JSON.stringify(problem)).not.toContain('pass');
  });

  it('posts to the URL', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(asked.length === 1 ? 200 : 500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const desktop = await start(attach({ agents, resetUrl: `http://127.0.0.1:${port}/revert?vm={host}` }));
    expect(asked).toEqual(['POST /revert?vm=192.0.2.7']);
    await expect(desktop.restore({ signal })).rejects.toMatchObject({ code: 'E_BOOT_FAILED' });
    server.close();
  });
});
