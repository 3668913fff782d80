import { describe, expect, it } from 'vitest';
import { packageFile } from '../../../src/lib/package.js';
import type { Command } from '../../../src/setup/command.js';
import { runCommand } from '../../../src/setup/run-command.js';
import type { Step } from '../../../src/setup/step.js';
import { container } from '../../../src/setup/steps/container.js';
import { image } from '../../../src/setup/steps/image.js';
import { python } from '../../../src/setup/steps/python.js';
import { qcow2 } from '../../../src/setup/steps/qcow2.js';
import { repo } from '../../../src/setup/steps/repo.js';
import { FakeMachine, SILENT } from '../fake-machine.js';

const DISK = '/home/user/VMs/Ubuntu.qcow2';
const planOf = async (step: Step, machine: FakeMachine) =>
  (await step.plan(machine.context)).map(({ argv }) => argv.join(' '));

/** What a person reads when this command of the step fails so. */
async function errorOf(
  step: Step,
  machine: FakeMachine,
  program: RegExp,
  failure: { exitCode?: number; lines: string[] },
) {
  const command = (await step.plan(machine.context)).find(({ argv }) => program.test(argv.join(' ')));
  if (command === undefined) throw new Error(`the plan has no ${program}`);
  const { retry: _, ...once }: Command = command;
  machine.onRun(program, () => failure);
  return runCommand(once, step, machine.context, SILENT).catch(
    (error: Error & { fix: string }) => `${error.message.split('\n')[0]} → ${error.fix.split('; then')[0]}`,
  );
}

describe('repository', () => {
  const CLONE = '/home/user/repo';
  const cloned = () => {
    const machine = new FakeMachine().onQuery(/remote get-url/, { stdout: 'https://git.example/repo\n' });
    machine
      .onQuery(/submodule status/, { stdout: ' 1234 OSWorld (heads/main)' })
      .onQuery(/rev-parse/, { stdout: 'main\n' });
    machine.onQuery(/ls-remote/, { stdout: 'abcd\trefs/heads/main' }).onQuery(/merge-base/, {});
    machine.files[`${CLONE}/.git/HEAD`] = '';
    return machine;
  };

  it('is cloned with its submodules, under another name until it is whole', async () => {
    const machine = new FakeMachine({
      settings: { repo: { url: 'https://git.example/repo.git', branch: 'arpo', dir: CLONE } },
    });
    expect(await repo.inspect(machine.context)).toEqual({ state: 'needed', why: `${CLONE} is not there` });
    expect(await planOf(repo, machine)).toEqual([
      `rm --recursive --force -- ${CLONE}.cloning`,
      `git clone --branch arpo -- https://git.example/repo.git ${CLONE}.cloning`,
      `git -C ${CLONE}.cloning submodule update --init --recursive`,
      `mv --no-target-directory -- ${CLONE}.cloning ${CLONE}`,
    ]);
  });

  it('is not applicable when none is configured', async () => {
    expect(await repo.inspect(new FakeMachine({ settings: { repo: null } }).context)).toMatchObject({
      state: 'not-applicable',
    });
  });

  it('is done when the remote has nothing new', async () => {
    expect(await repo.inspect(cloned().context)).toEqual({
      state: 'done',
      note: `${CLONE}, branch main, up to date`,
    });
  });

  it('is fast-forwarded when the remote has, and never more than that', async () => {
    const machine = cloned().onQuery(/merge-base/, { exitCode: 128 });
    expect(await repo.inspect(machine.context)).toEqual({
      state: 'needed',
      why: 'branch main has new commits on the remote',
    });
    expect(await planOf(repo, machine)).toEqual([
      `git -C ${CLONE} fetch --recurse-submodules=no origin main`,
      `git -C ${CLONE} merge --ff-only FETCH_HEAD`,
      `git -C ${CLONE} submodule update --init --recursive`,
    ]);
  });

  it('is needed with empty submodules and with another branch', async () => {
    expect(
      await repo.inspect(cloned().onQuery(/submodule status/, { stdout: '-1234 OSWorld' }).context),
    ).toMatchObject({ why: 'submodules are empty' });
    const other = cloned().onQuery(/rev-parse/, { stdout: 'mine\n' });
    other.context.settings.repo = { url: 'https://git.example/repo', branch: 'main', dir: CLONE };
    expect(await repo.inspect(other.context)).toMatchObject({ why: `${CLONE} is on branch mine, not main` });
    expect((await planOf(repo, other))[1]).toBe(`git -C ${CLONE} switch main`);
  });

  it('is left as it is when the remote does not answer, and says so', async () => {
    const machine = cloned().onQuery(/ls-remote/, {
      exitCode: 128,
      stderr: 'fatal: Could not resolve host: git.example\n',
    });
    expect(await repo.inspect(machine.context)).toEqual({
      state: 'done',
      note: `${CLONE}, branch main; left as it is, since the remote does not answer: fatal: Could not resolve host: git.example`,
    });
  });

  it('of another origin is refused', async () => {
    const machine = cloned().onQuery(/remote get-url/, { stdout: 'https://git.example/other.git\n' });
    await expect(repo.inspect(machine.context)).rejects.toThrow(
      'is a clone of https://git.example/other.git, not of',
    );
  });

  it.each([
    [
      /merge/,
      ['fatal: Not possible to fast-forward, aborting.'],
      `Repository: ${CLONE} has commits of its own and so has the remote → choose: your commits on top: git -C ${CLONE} pull --rebase; or both joined: git -C ${CLONE} pull --no-rebase`,
    ],
    [
      /merge/,
      ['error: Your local changes to the following files would be overwritten by merge:', 'a.py', 'Aborting'],
      `Repository: ${CLONE} has changes of yours that the update would overwrite → set them aside: git -C ${CLONE} stash`,
    ],
    [
      /fetch/,
      ["fatal: could not read Username for 'https://git.example': terminal prompts disabled"],
      'Repository: the git server asks for a login → try it by hand: git ls-remote https://git.example/repo.git',
    ],
  ])('failing in %s with %j says what to do', async (program, lines, text) => {
    expect(await errorOf(repo, cloned(), program, { lines })).toBe(text);
  });

  it('offline is a copy that knows its origin', async () => {
    const machine = new FakeMachine({ settings: { offline: '/media/stick' } });
    expect(await planOf(repo, machine)).toEqual([
      `rm --recursive --force -- ${CLONE}.cloning`,
      `cp --archive --no-target-directory -- /media/stick/repo ${CLONE}.cloning`,
      `git -C ${CLONE}.cloning remote set-url origin https://git.example/repo.git`,
      `mv --no-target-directory -- ${CLONE}.cloning ${CLONE}`,
    ]);
  });
});

describe('Python venv', () => {
  const VENV = '/home/user/repo/.venv';
  const brief = (lines: string[]) =>
    lines.map((line) => line.replace(/-c [\s\S]* (\S+ vllm)/, '-c FILTER $1').replaceAll(VENV, 'VENV'));

  it('is made, filled without the packages that need a GPU, and marked last', async () => {
    const machine = new FakeMachine();
    expect(await python.inspect(machine.context)).toEqual({ state: 'needed', why: `${VENV} is not there` });
    const pip = 'VENV/bin/python -m pip install --disable-pip-version-check';
    expect(brief(await planOf(python, machine))).toEqual([
      'python3 -m venv VENV',
      'python3 -c FILTER VENV/arpo-env-requirements.txt.pending vllm,flash-attn requirements.txt OSWorld/requirements.txt',
      `${pip} --upgrade pip`,
      `${pip} --requirement VENV/arpo-env-requirements.txt.pending`,
      `${pip} uvicorn`,
      `${pip} --no-deps --editable OSWorld`,
      'mv -- VENV/arpo-env-requirements.txt.pending VENV/arpo-env-requirements.txt',
    ]);
  });

  it('uses uv when it is there, and an index without showing its password', async () => {
    const machine = new FakeMachine({
      settings: { pipIndexUrl: 'https://me:s3cret@pypi.example/simple' },
    }).onQuery(/^uv --version/, {});
    const plan = await python.plan(machine.context);
    expect(brief(plan.map(({ argv }) => argv.join(' '))).filter((line) => line.startsWith('uv'))).toEqual([
      'uv venv VENV',
      'uv pip install --python VENV/bin/python --requirement VENV/arpo-env-requirements.txt.pending',
      'uv pip install --python VENV/bin/python uvicorn',
      'uv pip install --python VENV/bin/python --no-deps --editable OSWorld',
    ]);
    expect(plan.flatMap(({ argv }) => argv).join()).not.toContain('s3cret');
    expect(plan[2]?.env).toMatchObject({ UV_DEFAULT_INDEX: 'https://me:s3cret@pypi.example/simple' });
  });

  it('is done until the requirements change', async () => {
    const machine = new FakeMachine().onQuery(/^python3 -c/, { stdout: '# requirements.txt\nsix\n' });
    machine.files[`${VENV}/bin/python`] = '';
    machine.files[`${VENV}/arpo-env-requirements.txt`] = '# requirements.txt\nsix\n';
    expect(await python.inspect(machine.context)).toMatchObject({ state: 'done' });
    machine.onQuery(/^python3 -c/, { stdout: '# requirements.txt\nsix\nidna\n' });
    expect(await python.inspect(machine.context)).toEqual({
      state: 'needed',
      why: 'requirements have changed',
    });
  });

  it('names a package that no index has, but not when the index was out of reach', async () => {
    const lines = ['ERROR: No matching distribution found for triton>=3'];
    expect(await errorOf(python, new FakeMachine(), /--requirement/, { lines })).toBe(
      'Python venv: no index has triton>=3 for this Python and machine → if it needs a GPU, leave it out: setup.skipPackages: [vllm, flash-attn, triton]',
    );
    const distrusted = [
      'WARNING: The repository located at pypi.example is not a trusted or secure host and is being',
    ];
    expect(
      await errorOf(python, new FakeMachine(), /--requirement/, { lines: [...distrusted, ...lines] }),
    ).toContain(
      'pip takes no packages from pypi.example over plain http → give setup.pipIndexUrl an https address',
    );
    const unreachable = ['Retrying after connection broken: Temporary failure in name resolution', ...lines];
    expect(await errorOf(python, new FakeMachine(), /--requirement/, { lines: unreachable })).toContain(
      'the network does not reach',
    );
  });
});

describe('desktop image', () => {
  it('is pulled when it is missing, loaded when offline', async () => {
    const machine = new FakeMachine();
    expect(await image.inspect(machine.context)).toMatchObject({ state: 'needed' });
    expect(await planOf(image, machine)).toEqual(['docker pull happysixd/osworld-docker']);
    expect(await planOf(image, new FakeMachine({ settings: { offline: '/media/stick' } }))).toEqual([
      'docker load --input /media/stick/image.tar',
    ]);
    machine.onQuery(/^docker image inspect/, { stdout: 'sha256:1' });
    expect(await image.inspect(machine.context)).toMatchObject({ state: 'done' });
  });

  it('that no registry has is named', async () => {
    const lines = ['Error response from daemon: pull access denied for x, repository does not exist'];
    expect(await errorOf(image, new FakeMachine(), /pull/, { lines })).toContain(
      'no registry has the image happysixd/osworld-docker',
    );
  });
});

describe('container', () => {
  it('runs once for each image', async () => {
    const machine = new FakeMachine();
    for (const command of await container.plan(machine.context))
      await runCommand(command, container, machine.context, SILENT);
    expect(machine.ran[0]).toBe('docker run --rm --network none --entrypoint true happysixd/osworld-docker');
    expect(await container.inspect(machine.context)).toMatchObject({ state: 'done' });
    machine.context.settings.image = 'other';
    expect(await container.inspect(machine.context)).toEqual({
      state: 'needed',
      why: 'no container of other has run yet',
    });
  });

  it("that cannot run says so in Docker's words", async () => {
    expect(
      await errorOf(container, new FakeMachine(), /docker run/, {
        exitCode: 125,
        lines: ['docker: Error: cgroups: no such file'],
      }),
    ).toContain('Docker cannot run a container: docker: Error: cgroups: no such file');
  });
});

describe("guest's disk", () => {
  const GET = `${process.execPath} --use-openssl-ca ${packageFile('bin/arpo-env.js')} image get docker --to ${DISK}`;

  it('is fetched by arpo-env itself, which leaves the config to its own step', async () => {
    const sha256 = 'a'.repeat(64);
    const machine = new FakeMachine({
      settings: {
        qcow2: { path: DISK, given: false, url: 'https://images.example/Ubuntu.qcow2.zip', sha256 },
      },
    });
    expect(await qcow2.inspect(machine.context)).toEqual({ state: 'needed', why: `${DISK} is not there` });
    expect(await planOf(qcow2, machine)).toEqual([
      `${GET} --url https://images.example/Ubuntu.qcow2.zip --sha256 ${sha256} --leave-config`,
    ]);
  });

  it('tells how far it is', async () => {
    const [command] = await qcow2.plan(new FakeMachine().context);
    const read = command?.progress?.();
    expect(read?.('… downloading Ubuntu.qcow2.zip: 412.0 MB of 12.1 GB (3 %)')).toEqual({
      fraction: 0.03,
      text: '412.0 MB of 12.1 GB',
    });
    expect(read?.('… the download broke off and goes on: read ECONNRESET')).toBeNull();
  });

  it('that is there is used, when it is one', async () => {
    const machine = new FakeMachine().onQuery(/^head /, { stdout: 'QFI' });
    machine.files[DISK] = 'QFI\xfb';
    expect(await qcow2.inspect(machine.context)).toEqual({ state: 'done', note: `${DISK}, 4 B` });
    machine.onQuery(/^head /, { stdout: 'PK\x03' });
    await expect(qcow2.inspect(machine.context)).rejects.toThrow(`${DISK} is not a qcow2 file`);
  });

  it('that was named must be there', async () => {
    const machine = new FakeMachine();
    machine.context.settings.qcow2 = { ...machine.context.settings.qcow2, given: true };
    await expect(qcow2.inspect(machine.context)).rejects.toThrow(`--qcow2 ${DISK}: there is no such file`);
  });

  it.each([
    ['zipped', '/media/stick/Ubuntu.qcow2.zip'],
    ['as it is', '/media/stick/Ubuntu.qcow2'],
  ])('offline comes from the folder, %s', async (_title, file) => {
    const machine = new FakeMachine({ settings: { offline: '/media/stick' } });
    machine.files[file] = 'x';
    expect(await planOf(qcow2, machine)).toEqual([`${GET} --from ${file} --leave-config`]);
  });

  it.each([
    [
      ['… downloading x', '✗ the archive is damaged', "→ have it downloaded again: rm '/x'"],
      "Guest's disk: the archive is damaged → have it downloaded again: rm '/x'",
    ],
    [['Cannot find module'], /image get docker .* ended with exit code 1 → fix what it says$/],
  ])('failing with %j says what arpo-env said', async (lines, text) => {
    expect(await errorOf(qcow2, new FakeMachine(), /image get docker/, { exitCode: 1, lines })).toMatch(text);
  });
});
