import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../support/components.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arpo-demo-e2e-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const demo = (...args: string[]) =>
  execa(process.execPath, [bin, 'demo', '--out', join(folder, 'out'), ...args], {
    reject: false,
    env: { TMPDIR: folder, ARPO_ENV_STATE_DIR: join(folder, 'state') },
  });

/** Everything the demo may leave: its temporary folders and processes that name them. */
async function leftovers(): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name !== 'out' && name !== 'state');
  const desktops = await readdir(join(folder, 'state/desktops')).catch(() => []);
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
  return [
    ...files,
    ...desktops,
    ...stdout.split('\n').filter((line) => line.includes(folder) && !line.startsWith('ps ')),
  ];
}

/** What shows on a desktop of each kind. */
const PROVIDERS = [
  { provider: 'sim', needs: 'sshd', says: /✓ desktop +sim, 1920×1080; as configured/ },
  { provider: 'local', needs: 'Xvfb', says: /✓ desktop +local, 1920×1080; as configured/ },
];

describe.each(PROVIDERS)('on provider $provider', ({ provider, needs, says }) => {
  describeWith(needs, 'arpo-env demo through a real sshd', () => {
    it('ends with reward 1.0, a screenshot per step and nothing left', async () => {
      const { exitCode, stdout, stderr } = await demo('--provider', provider, '--steps', '5');
      expect(stderr).toMatch(says);
      expect(stderr).toContain('✓ tunnel');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/reward 1\.0, through a real sshd/);
      // reset and four steps; the fifth ends the episode
      const pictures = ['step-00.png', 'step-01.png', 'step-02.png', 'step-03.png', 'step-04.png'];
      expect(await readdir(join(folder, 'out'))).toEqual(['index.html', ...pictures]);
      expect(await leftovers()).toEqual([]);
    });

    it('survives a killed connection in mid-episode', async () => {
      const { exitCode, stdout } = await demo('--provider', provider, '--drop', '--json');
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ reward: 1, cluster: 'sshd', tunnel: { reconnects: 1 } });
      expect(await leftovers()).toEqual([]);
    });

    it('Ctrl-C in mid-episode leaves nothing behind', async () => {
      const running = demo('--provider', provider, '--pace', 'reference');
      running.stderr.on('data', (text: Buffer) => {
        if (text.includes('reset')) running.kill('SIGINT');
      });
      expect((await running).exitCode).toBe(130);
      expect(await leftovers()).toEqual([]);
    });
  });
});

describeWith('Xvfb', 'arpo-env demo without a word about desktops', () => {
  it('takes a real one', async () => {
    const { exitCode, stderr } = await demo('--steps', '4');
    expect(stderr).toMatch(/✓ desktop +local, 1920×1080; a real X desktop/);
    expect(exitCode).toBe(0);
  });
});
