/** `arpo-env guest`: this machine, most often a container, is a desktop: OSWorld's guest agent over a screen. */
import { defineCommand } from './command.js';

interface GuestFlags {
  screen: string;
  host: string;
  port: string;
  cdpPort: string;
  watchPort: string;
}

export default defineCommand<GuestFlags>({
  configure(command) {
    command
      .option('--screen <kind>', 'what the desktop is: sim, a simulated one', 'sim')
      .option('--host <address>', 'address to listen on; nothing there asks for a password', '127.0.0.1')
      .option('--port <port>', 'port of the agent', '5000')
      .option('--cdp-port <port>', 'port of Chrome DevTools', '9222')
      .option('--watch-port <port>', 'port of the page on which a person watches', '8006');
  },
  examples: ['arpo-env guest', 'SCREEN_WIDTH=1280 SCREEN_HEIGHT=720 arpo-env guest --port 5001 --cdp-port 0'],
  async run(context, flags) {
    const [{ startSimDesktop }, { ArpoEnvError }, { listenError }] = await Promise.all([
      import('../guest/sim/index.js'),
      import('../errors.js'),
      import('../platform/ports.js'),
    ]);
    if (flags.screen !== 'sim') {
      throw new ArpoEnvError({
        code: 'E_USAGE',
        message: `there is no screen ${flags.screen}`,
        hint: 'the one screen of this version is: --screen sim',
      });
    }
    const { console, signal } = context;
    const { config } = await context.loadConfig();
    const ports = {
      agent: asPort(flags.port),
      devtools: asPort(flags.cdpPort),
      watch: asPort(flags.watchPort),
    };
    await using desktop = await startSimDesktop({
      screen: config.screen,
      // Waiting is real in here: whoever trains on it sees the time that a real desktop takes.
      timeScale: 1,
      host: flags.host,
      ports,
      signal,
      onLog: (line) => console.info(line),
    }).catch(async (error: NodeJS.ErrnoException & { port?: number }) => {
      throw error.code?.startsWith('EA') ? await listenError(error, flags.host, error.port ?? 0) : error;
    });
    console.document({ agent: desktop.agent.href, cdp: desktop.devtools.href, watch: desktop.watch.href });
    console.info(
      `arpo-env guest is ready: agent ${desktop.agent.origin}, DevTools ${desktop.devtools.origin}`,
    );
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    signal.throwIfAborted();

    function asPort(text: string): number {
      const port = Number(text);
      if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
      throw new ArpoEnvError({
        code: 'E_USAGE',
        message: `${text} is no port`,
        hint: 'a port is 0 to 65535',
      });
    }
  },
});
