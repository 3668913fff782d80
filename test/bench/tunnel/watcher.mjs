/** Runs on the cluster's side: asks `URL` every 20 ms, whatever happened to earlier requests, and prints each answer's times. */
import { get } from 'node:http';

const [url = ''] = process.argv.slice(2);
const EVERY_MS = 20;
const TIMEOUT_MS = 1000;

// Nobody listens any more.
process.stdout.once('error', () => process.exit());
setInterval(() => {
  const asked = Date.now();
  const request = get(url, { agent: false, timeout: TIMEOUT_MS }, (response) => {
    response.resume();
    response.once('end', () => {
      if (response.statusCode === 200) console.log(`${asked} ${Date.now()}`);
    });
    response.once('error', () => undefined);
  });
  request.once('timeout', () => request.destroy());
  request.once('error', () => undefined);
}, EVERY_MS);
