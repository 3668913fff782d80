/** `arpo-env guest --screen x11` as a process: several at once, and nothing left however it ends. */
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { type CliProcess, CliSandbox } from '../support/cli.js';
import { describeWith, findExecutable } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { processesWith } from '../support/marked-processes.js';

const PORTS = ['--unconfined', '--port', '0', '--cdp-port', '0', '--watch-port', '0'];

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
      vlc: null,
      home: expect.stringMatching(/^\//),
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
      const members = () => processesWith(`HOME=${said.home}`);
      expect((await members()).length).toBeGreaterThan(3);
      cli.child.kill(signal);
      await cli.waitForExit();
      await eventually(async () => expect(await members()).toEqual([]));
      await expect(fetch(said.agent)).rejects.toThrow();
    },
  );

  it('four at once have displays and homes of their own', async () => {
    const desktops = await Promise.all([start(), start(), start(), start()]);
    const numbers = await Promise.all(
      desktops.map(async ({ agent }, index) => {
        await agent.upload('~/number', Buffer.from(`${index}\n`));
        const script = 'cat ~/number; echo $DISPLAY';
        return (await agent.execute(script, { shell: true })).output.split('\n');
      }),
    );
    expect(numbers.map(([number]) => number)).toEqual(['0', '1', '2', '3']);
    expect(new Set(numbers.map(([, display]) => display)).size).toBe(4);
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
    const own = 'pkill -KILL -f "^Xvfb .*-auth $XAUTHORITY"';
    await agent.launch(['sh', '-c', own]).catch(() => undefined);
    const { exitCode, stdout } = await cli.waitForExit();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('the desktop ended by itself: Xvfb ended by SIGKILL');
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
}
