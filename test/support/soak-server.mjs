/**
 * An env server on real local desktops in a process of its own, so that its memory and its descriptors are nobody else's:
 * `node soak-server.mjs ENVS STANDBY FOLDER`. Says its address in one line, and on SIGUSR2 the bytes of its heap after a full
 * collection (with --expose-gc). Ends with its stdin, when no desktop is left.
 */
import { join } from 'node:path';
import { LocalProvider } from '../../dist/providers/local/provider.js';
import { startEnvServer } from '../../dist/server/env-server.js';

const [envs, standby, folder = ''] = process.argv.slice(2);
const screen = { width: 1920, height: 1080 };
const provider = new LocalProvider({
  screen,
  ramSize: 2 ** 32,
  cpuCores: 2,
  vnc: false,
  confine: true,
  env: { ...process.env, ARPO_ENV_STATE_DIR: join(folder, 'state') },
});
const server = await startEnvServer({
  provider,
  screen,
  envs: Number(envs),
  standby: Number(standby),
  prewarm: true,
  // What a model would see a moment later is of no interest here.
  actionPauseMs: 0,
  port: 0,
  cacheDir: join(folder, 'cache'),
});
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  console.log(JSON.stringify(process.memoryUsage()));
});
process.stdin.resume().once('end', async () => {
  await server[Symbol.asyncDispose]();
  process.exit();
});
console.log(server.url.href);
