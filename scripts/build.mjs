/** TypeScript → dist, incrementally; files of modules that no longer exist are removed first. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist/`;

if (existsSync(dist)) {
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const source = `${root}src/${file.replace(/\.(d\.ts|js)$/, '.ts')}`;
    if (/\.(d\.ts|js)$/.test(file) && !existsSync(source)) rmSync(dist + file);
  }
}
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
process.exit(status ?? 1);
