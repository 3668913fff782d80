/**
 * Runs one bench: `node test/bench/supervise.mjs NAME [ARGS…]` with NAME as in test/bench/NAME.mjs. The bench is a process of
 * its own with a temporary folder of its own; however it ends (by itself, by an error, by Ctrl-C, by kill -9), what it
 * started is ended and what it made is removed before this returns. When this process is killed, the bench sees to that.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanUp, cleanUpDeadRuns, FOLDER_PREFIX, MARK } from './support/clean-up.mjs';

const [name = '', ...args] = process.argv.slice(2);
const bench = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));

await cleanUpDeadRuns();
const folder = mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
chmodSync(folder, 0o711); // an sshd reads keys in it as the user who logs in
const env = { ...process.env, [MARK]: folder, TMPDIR: folder, ARPO_ENV_STATE_DIR: join(folder, 'state') };
// In a session of its own, so that Ctrl-C reaches this process alone. Its stdin ends with this process.
const child = spawn(process.execPath, [bench, ...args], {
  env,
  detached: true,
  stdio: ['pipe', 'inherit', 'inherit'],
});
let interruptedBy = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (interruptedBy === null) console.error(`✗ ${signal}: cleaning up`);
    interruptedBy ??= signal;
    child.kill('SIGKILL');
  });
}
const [code, killedBy] = await once(child, 'exit');
await cleanUp(folder);
const signal = interruptedBy ?? killedBy;
if (interruptedBy === null && killedBy !== null) console.error(`✗ the bench was ended by ${killedBy}`);
process.exit(signal === null ? code : 128 + constants.signals[signal]);
