/** `arpo-env guest --screen x11` by hand: in a sandbox, with ports that lead to it. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { processesWith } from '../support/marked-processes.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const said = z.object({ agent: z.url(), cdp: z.url(), watch: z.url(), vnc: z.null(), home: z.string() });
const PORTS = ['--port', '0', '--cdp-port', '0', '--watch-port', '0'];

describeWith('bwrap', 'arpo-env guest --screen x11 in its sandbox', () => {
  it('has a user, a home and ports of its own, and is gone with its process', async () => {
    await using cli = new CliSandbox();
    const guest = cli.start(['guest', '--screen', 'x11', ...PORTS, '--json'], { TZ: 'Asia/Tokyo' });
    const [, line = ''] = await guest.readUntil(/^(\{.*\})$/m);
    const { agent: url, cdp, watch, home } = said.parse(JSON.parse(line));
    expect(home).toBe('/home/user');
    const agent = new AgentClient(new URL(url));
    const { output } = await agent.execute('id -un; id -u; pwd; hostname; echo $DISPLAY; date +%Z', {
      shell: true,
    });
    expect(output.trim().split('\n')).toEqual([
      'user',
      '1000',
      '/home/user',
      'user-virtual-machine',
      ':0',
      'JST',
    ]);
    // Tasks ask for settings over the bus of OSWorld's machine.
    const bus = 'DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus';
    const setting = 'org.gnome.desktop.interface gtk-theme';
    const set = `${bus} gsettings set ${setting} of-tasks && ${bus} gsettings get ${setting}; echo $XDG_RUNTIME_DIR`;
    expect(await agent.execute(set, { shell: true })).toMatchObject({
      output: "'of-tasks'\n/run/user/1000\n",
      error: '',
    });
    // Of the sockets inside nobody outside hears.
    expect(guest.stderr).not.toContain('http+unix');
    expect((await fetch(new URL('json/version', cdp))).status).toBe(200);
    expect((await fetch(new URL('screen.png', watch))).headers.get('content-type')).toBe('image/png');
    await agent.launch(['sleep', '86421']);
    guest.child.kill('SIGKILL');
    await guest.waitForExit();
    await eventually(async () => expect(await processesWith('TZ=Asia/Tokyo')).toEqual([]));
  });

  it('its home can be a folder of this user’s, though not of root’s', async () => {
    if (process.getuid?.() === 0) {
      await using cli = new CliSandbox();
      const { exitCode, stderr } = await cli
        .start(['guest', '--screen', 'x11', ...PORTS, '--home', '/root'])
        .waitForExit();
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('who may not write to /root\n')]);
      return;
    }
    using folder = new TemporaryFolder();
    await using cli = new CliSandbox();
    const guest = cli.start(['guest', '--screen', 'x11', ...PORTS, '--home', `${folder.path}/new`, '--json']);
    const [, line = ''] = await guest.readUntil(/^(\{.*\})$/m);
    const agent = new AgentClient(new URL(said.parse(JSON.parse(line)).agent));
    await agent.upload('~/mark', Buffer.from('kept'));
    expect(String(await agent.file('/home/user/mark'))).toBe('kept');
  });

  it('an address that others reach is refused, with what to do in a container', async () => {
    await using cli = new CliSandbox();
    const { exitCode, stderr } = await cli
      .start(['guest', '--screen', 'x11', ...PORTS, '--host', '0.0.0.0'])
      .waitForExit();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/open to this machine alone, not on 0\.0\.0\.0\n.*--unconfined/);
  });
});
