/**
 * Stands in for `arpo-env guest` where only its outside matters: `node fixture-agent.mjs MODE …` listens, says where on
 * its first line, and answers every request with what it is. MODE: `obedient`; `mute` says nothing;
 * `refuse` prints an error document; `crash` ends before it listens; `family` has a child in a session of its own, with
 * an emptied environment, that ignores SIGTERM.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [mode, ...argv] = process.argv.slice(2);
console.error(`agent in mode ${mode}`);
if (mode === 'refuse') {
  const problem = { code: 'E_PORT_IN_USE', message: 'the display is taken', fix: 'free it' };
  console.log(JSON.stringify({ error: problem }));
  process.exit(1);
}
if (mode === 'crash') process.exit(7);

let child = null;
if (mode === 'family') {
  const stubborn = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)";
  child = spawn(process.execPath, ['-e', stubborn], {
    detached: true,
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
}
const facts = { pid: process.pid, argv, cwd: process.cwd(), child: child?.pid };
const server = createServer((_request, response) => {
  response.end(JSON.stringify({ env: process.env, ...facts }));
});
process.on('SIGTERM', () => process.exit(0));
const folder = argv[argv.indexOf('--sockets') + 1];
mkdirSync(folder, { mode: 0o700 });
server.listen(join(folder, 'agent'), () => {
  if (mode === 'mute') return;
  const url = `http+unix://${encodeURIComponent(join(folder, 'agent'))}/`;
  console.log(JSON.stringify({ agent: url, cdp: url, watch: url, vnc: null, vlc: null }));
});
