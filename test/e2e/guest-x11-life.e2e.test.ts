/** `arpo-env guest --screen x11` as a process: several at once, and nothing left however it ends. */
import { readdirSync, readlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { type CliProcess, CliSandbox } from '../support/cli.js';
import { describeWith, findExecutable } from '../support/components.js';
import { eventually } from '../support/eventually.js';

const PORTS = ['--port', '0', '--cdp-port', '0', '--watch-port', '0'];

describeWith('Xvfb', 'arpo-env guest --screen x11', () => {
  let sandbox: CliSandbox;

  beforeAll(() => {
    sandbox = new CliSandbox();
  });
  afterAll(() => sandbox?.[Symbol.asyncDispose]());

  async function start(...more: string[]): Promise<{ cli: CliProcess; agent: AgentClient; said: Said }> {
    const cli = sandbox.start(['guest', '--screen', 'x11', ...PORTS, ...more, '--json']);
    const [line] = await cli.readUntil(/^\{.*\}$/m);
    const said = JSON.parse(line) as Said;
    return { cli, agent: new AgentClient(new URL(said.agent)), said };
  }

  it('says first where it listens', async () => {
    const { cli, said } = await start();
    expect(said).toEqual({
      screen: 'x11',
      agent: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      cdp: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      watch: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      vnc: null,
      home: expect.stringMatching(/^\//),
      isolated: expect.any(Boolean),
    });
    const watch = await fetch(new URL('screen.png', said.watch));
    expect(watch.headers.get('content-type')).toBe('image/png');
    cli.child.kill('SIGTERM');
    expect((await cli.waitForExit()).exitCode).toBe(130);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
    '%s leaves no process of it',
    async (signal) => {
      const { cli, agent, said } = await start();
      await agent.launch('gnome-terminal');
      // One that leaves its parent and its session, as daemons do.
      await agent.execute('setsid sleep 86399 >/dev/null 2>&1 &', { shell: true });
      const own = await agent.execute(['readlink', '/proc/self/ns/pid']);
      const members = () => processesIn(own.output.trim());
      // Without namespaces there is no telling them apart from the machine's.
      if (said.isolated) expect(members().length).toBeGreaterThan(3);
      cli.child.kill(signal);
      await cli.waitForExit();
      if (said.isolated) await eventually(() => expect(members()).toEqual([]));
      await expect(fetch(said.agent)).rejects.toThrow();
    },
  );

  it('four at once have displays, homes and process tables of their own', async () => {
    const desktops = await Promise.all([start(), start(), start(), start()]);
    const numbers = await Promise.all(
      desktops.map(async ({ agent }, index) => {
        await agent.launch(['sleep', `5${index}5${index}`]);
        await agent.upload('~/number', Buffer.from(`${index}\n`));
        const script = 'cat ~/number; pgrep -x sleep | wc -l; echo $DISPLAY';
        return (await agent.execute(script, { shell: true })).output.split('\n');
      }),
    );
    expect(numbers.map(([number]) => number)).toEqual(['0', '1', '2', '3']);
    expect(new Set(numbers.map(([, , display]) => display)).size).toBe(4);
    if (desktops.every(({ said }) => said.isolated))
      expect(numbers.map(([, count]) => count)).toEqual(['1', '1', '1', '1']);
    for (const { cli } of desktops) cli.child.kill('SIGTERM');
    await Promise.all(desktops.map(({ cli }) => cli.waitForExit()));
  });

  it('a folder becomes the home directory', async () => {
    sandbox.folder.write('home/notes.txt', 'kept\n');
    const { cli, agent, said } = await start('--home', `${sandbox.folder.path}/home`);
    expect((await agent.file(`${said.home}/notes.txt`))?.toString()).toBe('kept\n');
    cli.child.kill('SIGTERM');
    await cli.waitForExit();
  });

  it('ends with an error when its display dies', async () => {
    const { cli, agent } = await start();
    // The agent may end before it has answered.
    await agent.launch(['pkill', '-KILL', 'Xvfb']).catch(() => undefined);
    const { exitCode, stdout } = await cli.waitForExit();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('the desktop ended by itself: Xvfb ended with');
  });

  it.skipIf(findExecutable('x11vnc') === undefined)(
    'VNC: a viewer is greeted, and its server ends with it',
    async () => {
      const { cli, said } = await start('--vnc-port', '0');
      const { port } = new URL(said.vnc ?? '');
      const viewer = createConnection(Number(port), '127.0.0.1');
      const greeting = await new Promise<string>((resolve, reject) => {
        viewer.once('data', (bytes) => resolve(bytes.toString()));
        viewer.once('close', () => reject(new Error('closed without a greeting')));
      });
      expect(greeting).toMatch(/^RFB \d{3}\.\d{3}\n$/);
      viewer.destroy();
      cli.child.kill('SIGTERM');
      await cli.waitForExit();
    },
  );
});

interface Said {
  agent: string;
  cdp: string;
  watch: string;
  vnc: string | null;
  home: string;
  isolated: boolean;
}

/** Pids of a process namespace, e.g. `pid:[4026532180]`. */
function processesIn(namespace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
    } catch {
      return false; // it has ended
    }
  });
}
