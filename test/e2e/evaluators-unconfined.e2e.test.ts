/** Workers of OSWorld's evaluators where `evaluators.confine` is false. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../support/components.js';
import { ConfinedWorkers } from '../support/confined-workers.js';
import { eventually } from '../support/eventually.js';
import { MachineUser } from '../support/machine-user.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { DAEMON, daemons, PYTHON, processesNamed } from '../support/worker-programs.js';

describe.skipIf(process.getuid?.() !== 0)('workers without a sandbox, because the user said so', () => {
  describeWith('python3', 'of Python', () => {
    it('root’s run as another user, with all that they leave behind ended', async () => {
      await using workers = await ConfinedWorkers.begin({ confine: false });
      expect(workers.said).toMatchObject({
        problem: null,
        warning: expect.stringContaining('every user of this machine'),
      });
      const look =
        'import os; print(os.getuid() > 60000, os.getgroups(), os.environ["HOME"], open("/proc/self/oom_score_adj").read())';
      const { stdout } = await workers.run([...PYTHON, look]);
      expect(stdout).toMatch(/^True \[\] \/tmp\/arpo-env-evaluators-\S+ 1000\n/);
      const mark = `${process.pid}00`;
      const worker = await workers.start([...PYTHON, DAEMON, `3600.${mark}`]);
      await eventually(() => expect(daemons(`3600.${mark}`)).toHaveLength(1));
      await workers.dispose(worker);
      await eventually(() => expect(processesNamed(`3600.${mark}`)).toEqual([]));
      expect(existsSync(worker.inside.temporary)).toBe(false);
    });

    it('what only root can read is not read by root: the evaluators belong elsewhere then', async () => {
      using folder = new TemporaryFolder();
      await using workers = await ConfinedWorkers.begin({ confine: false });
      await expect(workers.run(['/bin/true'], [folder.write('file', '')])).rejects.toThrow(
        /never run as root.* cannot read .*; ARPO_ENV_EVALUATORS_DIR=/,
      );
    });

    it('an ordinary user’s run as that user, who is told', async () => {
      using user = new MachineUser();
      await using workers = await ConfinedWorkers.begin({ user, confine: false });
      expect(workers.said).toMatchObject({ problem: null, warning: expect.stringContaining('you reach') });
      expect((await workers.run(['/usr/bin/id', '-u'])).stdout).toBe(`${user.uid}\n`);
    });
  });
});
