/** Makes a fresh clone runnable with Node and npm alone: installs when the lock file is newer, then builds. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
run(process.execPath, ['scripts/build.mjs']);

function modified(file) {
  return statSync(new URL(`../${file}`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error)
    process.stderr.write(
      `✗ ${command}: ${error.message}\n→ is npm on PATH, and is the registry reachable?\n`,
    );
  if (status !== 0) process.exit(status ?? 1);
}
