/** The processes of the bench: guest, native server, bare node:http floor, FastAPI peers. Linux: CPU and memory are read from /proc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { post } from './client.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = path('../../../.e2e-venv/bin/python');
const START_LIMIT_MS = 30_000;
/** Kernel clock ticks per second of /proc/<pid>/stat; 100 on every Linux that Node supports. */
const TICKS = 100;

export async function startGuest() {
  const child = spawn(process.execPath, [path('guest.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = `http://127.0.0.1:${await firstLine(child)}`;
  return {
    url,
    stop: () => end(child),
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
  const child = spawn(process.execPath, ['--expose-gc', path('native.mjs'), guestUrl, String(envs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const base = (await firstLine(child)).replace(/\/$/, '');
  const urls = Array.from({ length: envs }, (_, index) => `${base}/envs/${index}`);
  return {
    ...measured([child], urls),
    /** Bytes in memory after a full collection: `heapUsed`, `external` and `rss`. */
    memory: async () => {
      child.kill('SIGUSR2');
      return JSON.parse(await firstLine(child));
    },
  };
}

/** The least that node:http can do: `send` only sends, `guest` makes a step's guest calls as well. */
export async function startFloor(guestUrl, work) {
  const child = spawn(process.execPath, [path('floor.mjs'), guestUrl, work], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return measured([child], [await firstLine(child)]);
}

export async function startPeers(guestUrl, count) {
  if (!existsSync(PYTHON))
    throw new Error('the peer needs fastapi, uvicorn and requests: run scripts/e2e-setup.sh');
  const peers = [];
  for (let index = 0; index < count; index += 1) {
    const port = await freePort();
    const args = [
      '-m',
      'uvicorn',
      'app:app',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
    ];
    const env = { ...process.env, GUEST_URL: guestUrl };
    peers.push({
      child: spawn(PYTHON, args, { cwd: path('peer'), env, stdio: 'inherit' }),
      url: `http://127.0.0.1:${port}`,
    });
  }
  await Promise.all(peers.map(({ url }) => answering(`${url}/health`)));
  return measured(
    peers.map(({ child }) => child),
    peers.map(({ url }) => url),
  );
}

function measured(children, urls) {
  const sum = (read) => children.reduce((total, child) => total + read(child.pid), 0);
  return {
    urls,
    cpuSeconds: () => sum(cpuSeconds),
    peakMegabytes: () => sum(peakMegabytes),
    stop: () => Promise.all(children.map(end)),
  };
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS; // utime, stime: fields 14 and 15 of proc(5)
}

function peakMegabytes(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

async function firstLine(child) {
  const settled = new AbortController();
  const { signal } = settled;
  const gone = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')} exited with ${code}`);
  });
  gone.catch(() => undefined);
  try {
    const [chunk] = await Promise.race([once(child.stdout, 'data', { signal }), gone]);
    return chunk.toString().trim();
  } finally {
    settled.abort();
  }
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

async function end(child) {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
