import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endLeftBehind } from '../../../../src/evaluators/osworld/confine/left-behind.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

const WAITS = `console.log('up'); setInterval(() => undefined, 1000)`;

async function waiting(temporary: string) {
  const child = spawn(process.execPath, ['-e', WAITS], {
    ...{ env: { TMPDIR: temporary }, detached: true, stdio: ['ignore', 'pipe', 'inherit'] as const },
  });
  await once(child.stdout, 'data');
  return { child, ended: once(child, 'exit').then(([code, signal]) => signal ?? code) };
}

describe.skipIf(process.platform !== 'linux')('what a worker left behind', () => {
  it('is ended, and nothing else', async () => {
    using folder = new TemporaryFolder();
    const inner = join(folder.path, 'evaluation');
    mkdirSync(inner);
    const [own, deeper, other] = await Promise.all([folder.path, inner, '/tmp'].map(waiting));
    await endLeftBehind(folder.path);
    expect(await own?.ended).toBe('SIGKILL');
    expect(await deeper?.ended).toBe('SIGKILL');
    expect(other?.child.exitCode ?? other?.child.signalCode).toBeNull();
    other?.child.kill('SIGKILL');
    expect(await other?.ended).toBe('SIGKILL');
  });
});
