/** `arpo-env guest --sockets FOLDER --sandboxed`, in namespaces of its own: all that a provider reaches of it from outside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { listenAt } from '../../src/http/listen.js';
import { relayTo } from '../../src/http/relay.js';
import { CliProcess } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { processesWith } from '../support/marked-processes.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
/** A network with nothing but its own 127.0.0.1, and a place for display :0. */
const ENTER = `set -e
ip link set lo up
mkdir -p /tmp/.X11-unix
mount -t tmpfs -o mode=1777 tmpfs /tmp/.X11-unix
exec "$@"`;
const VLC = `require('node:net').createServer((socket) => socket.end('a player')).listen(8080, '127.0.0.1')`;

describeWith('x11vnc', 'a sandboxed desktop behind unix sockets', () => {
  const folder = new TemporaryFolder();
  const sockets = join(folder.path, 'sockets');
  const home = join(folder.path, 'home');
  const doors: AsyncDisposable[] = [];
  let cli: CliProcess;

  /** A port that passes the bytes on, as a provider has one for each socket. */
  async function door(name: string): Promise<URL> {
    const listening = await listenAt(relayTo({ path: join(sockets, name) }), { host: '127.0.0.1', port: 0 });
    doors.push(listening);
    return listening.url;
  }

  async function firstBytes(name: string): Promise<string> {
    const { hostname, port } = await door(name);
    const client = createConnection(Number(port), hostname);
    let text = '';
    client.on('data', (bytes: Buffer) => {
      text += bytes;
      client.destroy();
    });
    await once(client, 'close');
    return text;
  }

  beforeAll(async () => {
    const root = process.getuid?.() === 0;
    const child = spawn(
      'unshare',
      [
        ...(root ? [] : ['--user', '--map-current-user', '--keep-caps']),
        ...['--mount', '--pid', '--net', '--fork', '--mount-proc', '--kill-child=SIGKILL', '--'],
        ...['bash', '-c', ENTER, 'enter', process.execPath, BIN, 'guest', '--screen', 'x11', '--json'],
        ...['--sandboxed', '--sockets', sockets, '--vnc-port', '0', '--home', home],
      ],
      { stdio: 'pipe', env: { PATH: process.env.PATH, SCREEN_WIDTH: '800', SCREEN_HEIGHT: '600' } },
    );
    cli = new CliProcess(child);
    await cli.readUntil(/^\{.*\}$/m);
  });
  afterAll(async () => {
    cli.child.kill('SIGKILL');
    await cli.waitForExit();
    for (const each of doors) await each[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('says first where it listens', () => {
    const at = (name: string, protocol = 'http') =>
      `${protocol}+unix://${encodeURIComponent(join(sockets, name))}/`;
    expect(JSON.parse(cli.stdout)).toEqual({
      screen: 'x11',
      agent: at('agent'),
      cdp: at('cdp'),
      watch: `${at('watch')}vnc.html?autoconnect=1&resize=scale&reconnect=1`,
      vnc: at('vnc', 'vnc'),
      vlc: at('vlc'),
      home,
    });
  });

  it('is display :0 with the home directory that was given, and needs no watchdog', async () => {
    const agent = new AgentClient(await door('agent'));
    const said = await agent.execute('echo $DISPLAY $HOME; cat /proc/[0-9]*/cmdline | tr "\\0" " "', {
      shell: true,
    });
    expect(said.output).toMatch(new RegExp(`^:0 ${home}\n`));
    expect(said.output).not.toContain('arpo-env-desktop ');
    expect(await agent.screenSize()).toEqual({ width: 800, height: 600 });
  });

  it('CDP answers with the address that the client used', async () => {
    const cdp = await door('cdp');
    expect(await (await fetch(new URL('json/version', cdp))).json()).toMatchObject({
      webSocketDebuggerUrl: `ws://${cdp.host}/devtools/browser/on-demand`,
    });
  });

  it('its own page may drive it, another may not, whatever the door’s port', async () => {
    const [watch, agent] = [await door('watch'), await door('agent')];
    expect(await (await fetch(new URL('vnc.html', watch))).text()).toContain('noVNC');
    const viewer = new WebSocket(`ws://${watch.host}/websockify`, { origin: watch.origin });
    const [greeting] = (await once(viewer, 'message')) as [Buffer];
    expect(greeting.toString()).toMatch(/^RFB 003\.\d{3}\n$/);
    viewer.terminate();
    const foreign = new WebSocket(`ws://${watch.host}/websockify`, { origin: 'http://evil.example' });
    const [error] = (await once(foreign, 'error')) as [Error];
    expect(error.message).toContain('403');
    const ask = (origin: string) => fetch(new URL('platform', agent), { headers: { origin } });
    expect((await ask('http://evil.example')).status).toBe(403);
    expect((await ask(agent.origin)).status).toBe(200);
  });

  it('VNC and VLC are there as bytes; without a VLC the connection is closed', async () => {
    expect(await firstBytes('vnc')).toMatch(/^RFB 003\.\d{3}\n$/);
    expect(await firstBytes('vlc')).toBe('');
    await new AgentClient(await door('agent')).launch([process.execPath, '-e', VLC]);
    await eventually(async () => expect(await firstBytes('vlc')).toBe('a player'));
  });

  it('ends with its stdin, and leaves nothing', async () => {
    cli.child.stdin?.end();
    expect((await cli.waitForExit()).stdout).toContain('stdin has ended');
    expect(await processesWith(`HOME=${home}`)).toEqual([]);
    expect(existsSync(join(sockets, 'agent'))).toBe(false);
  });
});
