/** The processes of the bench: guest, native server, bare node:http floor, FastAPI peers. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, peakMegabytes, startProgram } from '../support/processes.mjs';
import { post } from './client.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const START_LIMIT_MS = 30_000;

export async function startGuest() {
  const program = startProgram(process.execPath, [path('guest.mjs')]);
  const url = `http://127.0.0.1:${await program.nextLine()}`;
  return {
    url,
    stop: () => program.stop(),
    /** What a step's two guest calls cost without a server in between, in ms. */
    async roundTrip() {
      const started = performance.now();
      await post(`${url}/execute`, { command: ['true'], shell: false });
      await post(`${url}/screenshot`, null, 'GET');
      return performance.now() - started;
    },
  };
}

export async function startNative(guestUrl, envs) {
  const program = startProgram(process.execPath, ['--expose-gc', path('native.mjs'), guestUrl, String(envs)]);
  const base = (await program.nextLine()).replace(/\/$/, '');
  const urls = Array.from({ length: envs }, (_, index) => `${base}/envs/${index}`);
  return {
    ...measured([program], urls),
    /** Bytes in memory after a full collection: `heapUsed`, `external` and `rss`. */
    memory: async () => {
      program.signal('SIGUSR2');
      return JSON.parse(await program.nextLine());
    },
  };
}

/** The least that node:http can do: `send` only sends, `guest` makes a step's guest calls as well. */
export async function startFloor(guestUrl, work) {
  const program = startProgram(process.execPath, [path('floor.mjs'), guestUrl, work]);
  return measured([program], [await program.nextLine()]);
}

/** `python`: one with fastapi, uvicorn and requests. */
export async function startPeers(python, guestUrl, count) {
  const env = { ...process.env, GUEST_URL: guestUrl };
  const peers = [];
  for (let index = 0; index < count; index += 1) {
    const port = await freePort();
    const args = ['-m', 'uvicorn', 'app:app', '--port', String(port), '--log-level', 'error'];
    const options = { cwd: path('peer'), env, stdio: 'inherit' };
    peers.push({ program: startProgram(python, args, options), url: `http://127.0.0.1:${port}` });
  }
  await Promise.all(peers.map(({ url }) => answering(`${url}/health`)));
  return measured(
    peers.map(({ program }) => program),
    peers.map(({ url }) => url),
  );
}

function measured(programs, urls) {
  const pids = programs.map(({ pid }) => pid);
  return {
    urls,
    cpuSeconds: () => cpuSeconds(pids),
    peakMegabytes: () => peakMegabytes(pids),
    stop: () => Promise.all(programs.map((program) => program.stop())),
  };
}

async function answering(url) {
  const limit = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await post(url, null, 'GET');
    } catch (error) {
      if (performance.now() > limit) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
