/** Runs on the cluster's side: `client.mjs URL download|upload|latency COUNT`; prints the milliseconds of each as JSON. */
import { Agent, request } from 'node:http';

const [url = '', what = '', count = '1'] = process.argv.slice(2);
const BODY = Buffer.alloc(64 << 20, 'arpo');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const times = [];
for (let i = 0; i < Number(count); i += 1) {
  const started = performance.now();
  await ask(what);
  times.push(performance.now() - started);
}
console.log(JSON.stringify(times));
agent.destroy();

function ask(kind) {
  const path = { download: '/body', upload: '/sink', latency: '/health' }[kind];
  const method = kind === 'upload' ? 'POST' : 'GET';
  const headers = kind === 'upload' ? { 'content-length': BODY.length } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), { method, agent, headers }, (response) => {
      response.once('end', resolve).once('error', reject).resume();
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
    });
    outgoing.once('error', reject).end(kind === 'upload' ? BODY : undefined);
  });
}
