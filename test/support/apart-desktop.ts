/**
 * A real X desktop in process, mount and network namespaces of its own, as a sandbox gives them: what is done to processes and
 * ports in there concerns no other.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { listenOn } from '../../src/http/listen.js';
import { relayTo } from '../../src/http/relay.js';
import { StartedParts } from '../../src/lib/once.js';

export interface ApartDesktop extends AsyncDisposable {
  agent: AgentClient;
  cdp: URL;
  home: string;
  /** Standard output of a shell command. */
  shell(script: string): Promise<string>;
  /** Runs pyautogui calls; throws what they leave on stderr. */
  act(calls: string): Promise<void>;
}

/** What OSWorld's controller puts before every action (guest-api.md §4). */
const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';
const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
/** /tmp is its own: the X display :0 has its files there. The shell stays, to take leave of what its processes leave behind. */
const INSIDE = 'ip link set lo up && mount -t tmpfs tmpfs /tmp && "$@"; exit $?';

/** `sandboxed`: whether it knows that. */
export async function apartDesktop({ sandboxed }: { sandboxed: boolean }): Promise<ApartDesktop> {
  const parts = new StartedParts();
  try {
    const sockets = mkdtempSync('/var/tmp/arpo-env-test-');
    parts.add({ [Symbol.asyncDispose]: async () => rmSync(sockets, { recursive: true, force: true }) });
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const child = spawn(
      'unshare',
      [
        ...[...user, '--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'],
        ...['sh', '-c', INSIDE, 'sh', process.execPath, BIN, '--json', 'guest', '--screen', 'x11'],
        ...['--sockets', sockets, ...(sandboxed ? ['--sandboxed'] : [])],
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    let errors = '';
    child.stderr.on('data', (bytes: Buffer) => {
      errors += bytes;
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    parts.add({
      [Symbol.asyncDispose]: async () => {
        child.stdin.end();
        await ended;
      },
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      void ended.then(() => reject(new Error(`the desktop ended: ${errors}`)));
    });
    const led = async (name: string) => {
      const { port } = parts.add(
        await listenOn(relayTo({ path: join(sockets, name) }), { host: '127.0.0.1', port: 0 }),
      );
      return new URL(`http://127.0.0.1:${port}/`);
    };
    const agent = new AgentClient(await led('agent'));
    const shell = async (script: string) => (await agent.execute(script, { shell: true })).output;
    return {
      agent,
      cdp: await led('cdp'),
      home: (await shell('echo $HOME')).trim(),
      shell,
      async act(calls) {
        const { returncode, error } = await agent.execute(['python', '-c', PREFIX + calls]);
        if (returncode !== 0) throw new Error(error);
      },
      [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}
