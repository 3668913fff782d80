/** A folder as `evaluators install` leaves it, with an interpreter that nobody starts. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes it in `dir`, with these packages. */
export function layEvaluators(dir: string, packages: readonly string[]): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  write('venv/bin/python', '#!/bin/sh\n');
  chmodSync(join(dir, 'venv/bin/python'), 0o755);
  for (const name of packages)
    write(`venv/lib/python3.11/site-packages/${name.replaceAll('-', '_')}-1.0.dist-info/INSTALLER`, 'pip\n');
  write('osworld/desktop_env/evaluators/metrics/general.py', '');
  write('osworld/desktop_env/evaluators/getters/file.py', '');
  const versions = Object.fromEntries(packages.map((name) => [name, '1.0']));
  const record = { complete: true, set: 'core', python: '3.11.7', packages: versions };
  write('installed.json', JSON.stringify({ ...record, osworld: { version: '1.0.2' } }));
}
