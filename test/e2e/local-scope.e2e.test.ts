import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Confinement, findConfinement } from '../../src/providers/local/confinement.js';
import { findGroups } from '../../src/providers/local/find-groups.js';
import { startDesktop } from '../../src/providers/local/start-desktop.js';
import { NodeChild, OBEDIENT } from '../support/node-child.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

/** Does with real control groups what systemd-run does with `--scope`, and keeps its words. */
const SYSTEMD_RUN = `#!/bin/bash
echo "$*" >> WORDS
for word; do
  shift
  case "$word" in --unit=*) group=ROOT/\${word#--unit=} ;; --) break ;; esac
done
mkdir "$group" && echo $$ > "$group/cgroup.procs" && exec "$@"
`;

const { v2 } = await findGroups('self');

function canMakeGroups(): boolean {
  if (v2 === null) return false;
  try {
    mkdirSync(join(v2, 'arpo-env-test'));
    rmdirSync(join(v2, 'arpo-env-test'));
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canMakeGroups())(
  'provider local in a scope of systemd (its systemd-run played by a script)',
  () => {
    const root = v2 ?? '';
    const limits = { ramSize: 2 ** 30, cpuCores: 1.5 };

    async function withScopes(
      folder: TemporaryFolder,
    ): Promise<{ scopes: Confinement; env: NodeJS.ProcessEnv }> {
      const script = SYSTEMD_RUN.replace('WORDS', join(folder.path, 'words')).replace('ROOT', root);
      chmodSync(folder.write('bin/systemd-run', script), 0o755);
      const env = {
        ...process.env,
        PATH: `${join(folder.path, 'bin')}:${process.env.PATH}`,
        XDG_RUNTIME_DIR: '/run/user/1000',
      };
      const own = { v1: new Map<string, string>(), v2: root };
      return { scopes: await findConfinement({ limits, env, own, systemdFolder: folder.path }), env };
    }

    it('a desktop is started in it with its limits, paused in it, and gone from it', async () => {
      using folder = new TemporaryFolder();
      const { scopes, env } = await withScopes(folder);
      expect(scopes.shortfall).toBeNull();
      const agent = join(import.meta.dirname, '../support/fixture-agent.mjs');
      const desktop = await startDesktop({
        id: 'scope-test',
        desktops: join(folder.path, 'desktops'),
        guest: [process.execPath, agent, 'obedient'],
        screen: { width: 1280, height: 720 },
        vnc: false,
        memory: 0,
        confinement: scopes,
        env,
        signal: new AbortController().signal,
        onProgress: () => {},
      });
      const group = join(root, 'arpo-env-scope-test.scope');
      try {
        const facts = (await (await fetch(desktop.endpoints.agent)).json()) as { pid: number; env: object };
        expect(readFileSync(join(group, 'cgroup.procs'), 'utf8')).toContain(String(facts.pid));
        expect(facts.env).not.toHaveProperty('XDG_RUNTIME_DIR');
        const words = readFileSync(join(folder.path, 'words'), 'utf8').trim().split('\n').at(-1);
        expect(words).toContain(
          '--property=MemoryMax=1073741824 --property=CPUQuota=150% --property=TasksMax=4096 --',
        );
        await desktop.pause();
        expect(readFileSync(join(group, 'cgroup.events'), 'utf8')).toContain('frozen 1');
        await desktop.resume();
        expect(readFileSync(join(group, 'cgroup.events'), 'utf8')).toContain('frozen 0');
      } finally {
        await desktop[Symbol.asyncDispose]();
        for (const name of ['scope-test', `probe-${process.pid}`]) {
          const left = join(root, `arpo-env-${name}.scope`);
          if (existsSync(left)) rmdirSync(left);
        }
      }
    });

    it('a process that systemd put nowhere is never paused with us', async () => {
      using folder = new TemporaryFolder();
      const { scopes } = await withScopes(folder);
      await using child = await NodeChild.start(OBEDIENT);
      const admitted = scopes.admit('elsewhere', [child.pid]);
      child.process.kill('SIGKILL');
      expect((await admitted).canPause).toBe(false);
      rmdirSync(join(root, `arpo-env-probe-${process.pid}.scope`));
    });
  },
);
