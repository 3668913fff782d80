/**
 * `arpo-env guest`: this machine, most often a container, is a desktop: OSWorld's guest agent over a screen.
 *
 * With `--json` the first line on stdout says where it listens; port 0 means any free port:
 * `{"screen":"x11","agent":"http://127.0.0.1:41001/","cdp":"http://127.0.0.1:41002/","watch":"http://127.0.0.1:41003/",
 * "vnc":"vnc://127.0.0.1:41004/" or null,"home":"/home/user","isolated":true}`. It ends with SIGTERM, SIGINT or SIGHUP,
 * and leaves nothing behind.
 */
import type { GuestPorts, RunningGuest } from '../guest/start.js';
import { untilAborted } from '../lib/wait.js';
import { type CommandContext, defineCommand } from './command.js';
import { type FlagsOf, option } from './option.js';

const OPTIONS = [
  option('--screen <kind>', 'what the desktop is: sim, the practice desktop, or x11, a real X display', {
    default: 'sim',
  }),
  option('--host <address>', 'address to listen on; nothing there asks for a password', {
    default: '127.0.0.1',
  }),
  option('--port <port>', 'port of the agent', { default: '5000' }),
  option('--cdp-port <port>', 'port of Chrome CDP', { default: '9222' }),
  option('--watch-port <port>', 'port of the page on which a person watches', { default: '8006' }),
  option(
    '--vnc-port <port>',
    'x11: port of a VNC server, and mouse and keyboard on the watch page; default: neither',
  ),
  option('--home <folder>', 'x11: folder that becomes the home directory; default: an empty one in memory'),
] as const;

export default defineCommand({
  options: OPTIONS,
  examples: [
    'arpo-env guest',
    'arpo-env guest --screen x11 --vnc-port 5900',
    'SCREEN_WIDTH=1280 SCREEN_HEIGHT=720 arpo-env guest --port 5001 --cdp-port 0',
  ],
  async run(context, flags) {
    const { startGuest } = await import('../guest/start.js');
    const { console, signal } = context;
    const { config } = await context.loadConfig();
    await using guest = await startGuest({
      kind: flags.screen,
      screen: config.screen,
      host: flags.host,
      ports: await ports(flags),
      ...(flags.home === undefined ? {} : { home: flags.home }),
      signal,
      onLog: (line) => console.info(line),
    });
    tell(context, flags.screen, guest);
    await untilAborted(AbortSignal.any([signal, guest.ended]));
  },
});

async function ports(flags: FlagsOf<typeof OPTIONS>): Promise<GuestPorts> {
  const { ArpoEnvError } = await import('../errors.js');
  const asPort = (text: string): number => {
    const port = Number(text);
    if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `${text} is not a port`,
      fix: 'a port is 0 to 65535',
    });
  };
  return {
    agent: asPort(flags.port),
    cdp: asPort(flags.cdpPort),
    watch: asPort(flags.watchPort),
    ...(flags.vncPort === undefined ? {} : { vnc: asPort(flags.vncPort) }),
  };
}

function tell({ console }: CommandContext, screen: string, guest: RunningGuest): void {
  const { agent, cdp, watch, vnc, home, isolated } = guest;
  console.document({
    screen,
    agent: agent.href,
    cdp: cdp.href,
    watch: watch.href,
    vnc: vnc?.href ?? null,
    home,
    isolated,
  });
  console.info(
    `arpo-env guest is ready: agent ${agent.origin}, CDP ${cdp.origin}, watch it at ${watch.href}${vnc ? `, VNC ${vnc.host}` : ''}`,
  );
}
