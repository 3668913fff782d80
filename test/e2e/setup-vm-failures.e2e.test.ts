/** Every step broken once on a real machine: what is printed, and that the next run goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContentServer, startContentServer } from './fixtures/setup-vm/content-server.js';
import { describeMachines, type Machine, startMachine } from './fixtures/setup-vm/machine.js';
import {
  failedSetup,
  makeRepositories,
  PUSH_COMMIT,
  runSetup,
  SETUP,
  writeConfig,
} from './fixtures/setup-vm/prepare.js';

const MINUTES = 60_000;
/** A shell's wait for a condition, with a deadline. */
const until = (condition: string) =>
  `timeout 120 sh -c "until ${condition.replaceAll('"', '\\"')}; do sleep 0.1; done"`;

describeMachines('setup-vm, broken', () => {
  let content: ContentServer;
  let machine: Machine;
  beforeAll(async () => {
    content = await startContentServer();
    machine = await startMachine('broken');
    await machine.as('root', 'apt-get install --yes --no-install-recommends git curl unzip');
    await makeRepositories(machine);
    await writeConfig(machine, content);
  }, 10 * MINUTES);
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await content?.[Symbol.asyncDispose]();
  });

  const run = (flags: string) => runSetup(machine, flags);
  const failure = (flags: string) => failedSetup(machine, flags);

  describe('rights', () => {
    it('without sudo nothing is begun', async () => {
      await machine.as('root', 'mv /etc/sudoers.d/user /root/sudoers');
      const seen = await failure('--only packages');
      await machine.as('root', 'mv /root/sudoers /etc/sudoers.d/user');
      expect(seen).toEqual({
        exitCode: 1,
        what: expect.stringContaining(
          '✗ root is needed, and sudo does not give it without a terminal: sudo: a password is required',
        ),
        fix: '→ run it in a terminal, or run the script of --dry-run by hand',
      });
      expect((await machine.as('user', 'ls .local/state/arpo-env')).exitCode).toBe(2);
    });

    it('with sudo in front it is refused', async () => {
      const { exitCode, stderr } = await machine.as('user', `sudo ${SETUP} --yes`);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('→ start it as user; it asks for root itself'),
      });
    });

    it('nobody to ask and no --yes changes nothing', async () => {
      const { exitCode, stderr } = await machine.as('user', `${SETUP} --only packages`);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('✗ there is nobody to ask for confirmation'),
      });
    });
  });

  describe('apt', () => {
    it(
      'waits for a lock, and says who holds it',
      async () => {
        // apt itself, held up between taking dpkg's lock and calling dpkg.
        const holder = machine.as(
          'root',
          `apt-get install --yes -o DPkg::Pre-Invoke::='touch /tmp/held; ${until('[ -e /tmp/release ]')}' file`,
        );
        await machine.as('root', until('[ -e /tmp/held ]'));
        const running = run('--only packages');
        await machine.as(
          'root',
          `${until(`grep -qs "waiting for apt" /home/user/.local/state/arpo-env/logs/*`)}; touch /tmp/release`,
        );
        await holder;
        const { exitCode, stderr } = await running;
        expect(stderr).toMatch(/ {2}waiting for apt, which pid \d+ \(apt-get\) has locked/);
        expect(exitCode).toBe(0);
      },
      10 * MINUTES,
    );

    it(
      'repairs what a package manager that was killed has left',
      async () => {
        await machine.as(
          'root',
          'cd /tmp && apt-get download hello && dpkg --remove unzip && dpkg --unpack hello_*.deb',
        );
        expect((await machine.as('root', 'dpkg --audit')).stdout).not.toBe('');
        expect((await run('--only packages')).exitCode).toBe(0);
        expect((await machine.as('root', 'dpkg --audit')).stdout).toBe('');
      },
      5 * MINUTES,
    );
  });

  describe("the guest's disk", () => {
    it(
      'goes on where a download broke off, in one run',
      async () => {
        content.requests.length = 0;
        content.breakNextAfter = 1_000_000;
        const { exitCode } = await run('--only qcow2');
        expect(exitCode).toBe(0);
        const ranges = content.requests.filter((request) => request.includes('206 bytes='));
        expect(ranges).toHaveLength(1);
        expect((await machine.as('user', 'ls VMs; rm -r VMs')).stdout).toBe('Ubuntu.qcow2');
      },
      2 * MINUTES,
    );

    it(
      'goes on in the next run where a server that is down has stopped it',
      async () => {
        content.down = true;
        expect(await failure('--only qcow2')).toMatchObject({
          exitCode: 1,
          what: expect.stringContaining('/Ubuntu.qcow2.zip answered 503 Service Unavailable'),
        });
        content.down = false;
        expect((await run('--only qcow2')).exitCode).toBe(0);
        await machine.as('user', 'rm -r VMs');
      },
      2 * MINUTES,
    );

    it(
      'with the wrong checksum is refused until it is removed',
      async () => {
        await writeConfig(machine, content, { qcow2Sha256: 'a'.repeat(64) });
        expect(await failure('--only qcow2')).toEqual({
          exitCode: 1,
          what: expect.stringContaining('does not have the checksum that is wanted'),
          fix: "→ correct the checksum, or have it downloaded again: rm '/home/user/VMs/Ubuntu.qcow2.part'; then run the same command again: it resumes here",
        });
        content.requests.length = 0;
        await writeConfig(machine, content, { qcow2Sha256: content.zipSha256 });
        expect((await run('--only qcow2')).exitCode).toBe(0);
        // What had come whole did not come again.
        expect(
          content.requests.filter((request) => request.startsWith('GET') && !request.includes('416')),
        ).toEqual([]);
        await machine.as('user', 'rm -r VMs');
      },
      2 * MINUTES,
    );

    it(
      'that is damaged is refused by its own checksums',
      async () => {
        await writeConfig(machine, content);
        const good = content.zip;
        content.zip = Buffer.from(good);
        content.zip.fill(0x21, 500_000, 500_100);
        expect(await failure('--only qcow2')).toMatchObject({
          exitCode: 1,
          what: expect.stringMatching(/the archive .* is damaged/),
        });
        content.zip = good;
        await machine.as('user', "rm '/home/user/VMs/Ubuntu.qcow2.part'");
        expect((await run('--only qcow2')).exitCode).toBe(0);
        await machine.as('user', 'rm -r VMs');
      },
      2 * MINUTES,
    );

    it(
      'asks first for the space that it needs',
      async () => {
        await machine.as(
          'root',
          'install -d -o user /home/user/VMs && mount -t tmpfs -o size=4m,uid=1000 small /home/user/VMs',
        );
        expect(await failure('--only qcow2')).toMatchObject({
          exitCode: 1,
          what: expect.stringContaining(
            "the guest's disk needs about 9.6 MB in /home/user/VMs; 4.2 MB are free",
          ),
        });
        await machine.as('root', 'umount /home/user/VMs');
        expect((await run('--only qcow2')).exitCode).toBe(0);
      },
      2 * MINUTES,
    );
  });

  describe('the repository', () => {
    it(
      'that cannot be reached is named',
      async () => {
        await writeConfig(machine, content, { repoUrl: 'https://127.0.0.1:9/repo.git' });
        expect(await failure('--only repo')).toMatchObject({
          exitCode: 1,
          what: expect.stringContaining('Repository: the network does not reach what is needed'),
        });
        await writeConfig(machine, content);
        expect((await run('--only repo')).exitCode).toBe(0);
      },
      3 * MINUTES,
    );

    it('is fast-forwarded with changes of the user kept', async () => {
      await machine.as('user', 'echo mine > arpo_remote_env/notes.txt');
      await machine.as('root', PUSH_COMMIT);
      expect((await run('--only repo')).exitCode).toBe(0);
      const { stdout } = await machine.as(
        'user',
        'cd arpo_remote_env; cat notes.txt; tail -1 requirements.txt',
      );
      expect(stdout).toBe('mine\n# more');
    });

    it('with changes in the way is left, and says how to go on', async () => {
      await machine.as('user', 'echo mine >> arpo_remote_env/requirements.txt');
      await machine.as('root', PUSH_COMMIT);
      expect(await failure('--only repo')).toMatchObject({
        exitCode: 1,
        fix: expect.stringContaining('git -C /home/user/arpo_remote_env stash'),
      });
      await machine.as('user', 'git -C /home/user/arpo_remote_env stash');
      expect((await run('--only repo')).exitCode).toBe(0);
    });

    it('that has diverged shows the choice, and goes on after either', async () => {
      await machine.as(
        'user',
        'cd arpo_remote_env; git config user.name u; git config user.email u@git.example; echo x > x; git add x; git commit -qm mine',
      );
      await machine.as('root', PUSH_COMMIT);
      const { exitCode, fix } = await failure('--only repo');
      expect(exitCode).toBe(1);
      expect(fix).toContain(
        'your commits on top: git -C /home/user/arpo_remote_env pull --rebase; or both joined: git -C /home/user/arpo_remote_env pull --no-rebase',
      );
      await machine.as('user', 'git -C /home/user/arpo_remote_env pull --rebase');
      expect((await run('--only repo')).exitCode).toBe(0);
    });
  });

  it('a run that is killed goes on in the next one', async () => {
    await machine.as('user', 'rm -rf VMs arpo_remote_env');
    await machine.as(
      'user',
      `${SETUP} --yes --only repo & ${until('[ -e arpo_remote_env.cloning ] || [ -e arpo_remote_env ]')}; kill -9 $!; wait`,
    );
    expect((await run('--only repo')).exitCode).toBe(0);
    expect((await machine.as('user', 'ls -d arpo_remote_env*')).stdout).toBe('arpo_remote_env');
  });
});
