/** The trainer's side: an episode, one connection for each request. */
import { Buffer } from 'node:buffer';
import { request } from 'node:http';

const TASK = {
  id: 'bench',
  instruction: 'Click.',
  config: [],
  evaluator: { func: 'infeasible' },
};
const PREDICTION = "Thought: I will click.\nAction: click(start_box='(100,200)')";

/**
 * Plays one episode; latencies of its steps in ms and the bytes of all answers. `beside` runs before each step, so that
 * what it measures meets the same machine; its results come back too.
 */
export async function episode(baseUrl, steps, query, beside = async () => 0) {
  let { bytes } = await reset(baseUrl, query);
  const latencies = [];
  const besides = [];
  for (let taken = 0; taken < steps; taken += 1) {
    besides.push(await beside());
    const started = performance.now();
    bytes += (await step(baseUrl, query)).bytes;
    latencies.push(performance.now() - started);
  }
  return { latencies, besides, bytes };
}

export function reset(baseUrl, query = '') {
  return post(`${baseUrl}/env/reset${query}`, { task_config: TASK });
}

export function step(baseUrl, query = '') {
  return post(`${baseUrl}/env/step${query}`, { prediction: PREDICTION });
}

/** One request on a connection of its own; the answer is received and counted, not kept. */
export function post(url, json, method = 'POST') {
  const body = Buffer.from(JSON.stringify(json ?? {}));
  return new Promise((resolve, reject) => {
    const headers =
      method === 'POST' ? { 'content-type': 'application/json', 'content-length': body.length } : {};
    const outgoing = request(url, { method, agent: false, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        else resolve({ bytes });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(method === 'POST' ? body : undefined);
  });
}
