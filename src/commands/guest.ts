/**
 * `arpo-env guest`: this machine, most often a container, is a desktop: OSWorld's guest agent over a screen.
 *
 * With `--json` the first line on stdout says where it listens; port 0 means any free port:
 * `{"screen":"x11","agent":"http://127.0.0.1:41001/","cdp":"http://127.0.0.1:41002/","watch":"http://127.0.0.1:41003/",
 * "vnc":"vnc://127.0.0.1:41004/" or null,"vlc":null,"home":"/home/user"}`. It ends with SIGTERM, SIGINT or SIGHUP, and
 * leaves nothing behind.
 *
 * A provider that keeps it apart from the machine gives `--sockets FOLDER`, and `--sandboxed` where the namespaces around it
 * are its own. Then the line has `"agent":"http+unix://%2Frun%2Fdesktop%2Fagent/"` and so on (the page to watch is this
 * URL's path and query), and it ends with its stdin, too.
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
  option('--home <folder>', 'x11: folder that is the home directory; default: an empty one'),
  option(
    '--sockets <folder>',
    'x11: listen on unix sockets in this folder instead of ports; end with stdin',
    {
      hidden: true,
    },
  ),
  option(
    '--unconfined',
    'x11: without a sandbox, for a machine that is one itself, such as a container: programs in it can do what you can',
  ),
  option('--sandboxed', 'x11: process, mount and network namespaces are its own and end with it', {
    hidden: true,
  }),
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
    const { console } = context;
    const { config } = await context.loadConfig();
    const signal = flags.sockets === undefined ? context.signal : await untilStdinEnds(context.signal);
    await using guest = await startGuest({
      kind: flags.screen,
      screen: config.screen,
      host: flags.host,
      ports: await ports(flags),
      home: flags.home,
      sockets: flags.sockets,
      sandboxed: flags.sandboxed,
      unconfined: flags.unconfined,
      signal,
      onLog: (line) => console.info(line),
    });
    tell(context, flags, guest);
    await untilAborted(AbortSignal.any([signal, guest.ended]));
  },
});

/** Follows `signal`; aborts when whoever holds the other end of stdin ends, however that happens. */
async function untilStdinEnds(signal: AbortSignal): Promise<AbortSignal> {
  const { ArpoEnvError } = await import('../errors.js');
  const ended = new AbortController();
  const { stdin } = process;
  const end = () =>
    ended.abort(
      new ArpoEnvError({
        code: 'E_INTERRUPTED',
        message: 'stdin has ended, and with it who started this desktop',
        fix: 'keep stdin open as long as the desktop is needed',
      }),
    );
  stdin.on('end', end).on('error', end).resume();
  // Only the desktop keeps this process alive.
  stdin.unref?.();
  return AbortSignal.any([signal, ended.signal]);
}

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

function tell(
  { console }: CommandContext,
  { screen, sockets }: FlagsOf<typeof OPTIONS>,
  guest: RunningGuest,
): void {
  const { agent, cdp, watch, vnc, vlc, home } = guest;
  console.document({
    screen,
    agent: agent.href,
    cdp: cdp.href,
    watch: watch.href,
    vnc: vnc?.href ?? null,
    vlc: vlc?.href ?? null,
    home,
  });
  // A person meets the ports of who started it.
  if (sockets !== undefined) return;
  console.info(
    `arpo-env guest is ready: agent ${agent.href}, CDP ${cdp.href}, watch it at ${watch.href}${vnc ? `, VNC ${vnc.href}` : ''}`,
  );
}
