/** `arpo-env evaluators`: with the real packages once, and with tiny ones from an index on loopback where something breaks. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installationStatus } from '../../src/evaluators/osworld/status.js';
import { type CliProcess, CliSandbox } from '../support/cli.js';
import { describeWith, findExecutable } from '../support/components.js';
import { INSTALL_LIMIT_MS, installedEvaluators } from '../support/evaluators.js';
import { eventually } from '../support/eventually.js';
import { processesWith } from '../support/marked-processes.js';
import { DESKTOP_ENV, PythonIndex, type Wheel, writeWheels } from '../support/python-index.js';

const PACKAGES: Wheel[] = ['one', 'two', 'three'].map((name) => ({ name, version: '1.0' }));
/** As many as are installed at once: they stay when what follows them does not come. */
const BATCH: Wheel[] = Array.from({ length: 12 }, (_none, at) => ({ name: `filler${at}`, version: '1.0' }));
/** Too much for the disk of a test. */
const LARGE: Wheel = { name: 'large', version: '1.0', files: { 'large/data.bin': new Uint8Array(60e6) } };

describeWith('python3', "the real packages of OSWorld's evaluators", () => {
  it(
    'are installed, and score nearly all tasks',
    async () => {
      const installation = await installedEvaluators();
      const { tasks, outdated, bytes } = await installationStatus({ dir: installation.dir, engine: 'auto' });
      expect({ outdated, scored: tasks.scored >= 358, total: tasks.total }).toEqual({
        outdated: [],
        scored: true,
        total: 369,
      });
      expect(bytes).toBeLessThan(1.1e9);
      const use =
        'import numpy, cv2, pandas, fitz, pygame, lxml.etree, docx, pptx, odf, formulas, skimage.metrics, playwright.sync_api; print(numpy.__version__, cv2.__version__)';
      const python = installation.python ?? '';
      expect(execFileSync(python, ['-I', '-c', use], { encoding: 'utf8' }).trim()).toMatch(
        /1\.26\.4 4\.8\.1$/,
      );
      expect(readdirSync(installation.osworld ?? '')).toEqual(['desktop_env']);
    },
    INSTALL_LIMIT_MS,
  );
});

describeWith('python3', 'arpo-env evaluators', () => {
  let index: PythonIndex;
  let cli: CliSandbox;
  let dir: string;
  let list: string;
  beforeEach(async () => {
    index = await PythonIndex.start([...PACKAGES, ...BATCH, LARGE, DESKTOP_ENV]);
    cli = new CliSandbox({}, environment());
    dir = join(cli.folder.path, '.local/share/arpo-env/evaluators');
    list = cli.folder.write('list.txt', 'one==1.0\ntwo==1.0\nthree==1.0\n');
  });
  afterEach(async () => {
    await cli[Symbol.asyncDispose]();
    await index[Symbol.asyncDispose]();
  });

  const args = (...more: string[]) => [
    ...['evaluators', 'install', '--yes', '--requirements', list],
    ...(more.includes('--offline') ? more : ['--index-url', index.url, ...more]),
  ];
  const status = async () => {
    const { exitCode, stdout } = await cli.run(['evaluators', 'status', '--json']);
    return {
      exitCode,
      ...(JSON.parse(stdout) as { set: string | null; packages: object; problems: object[] }),
    };
  };
  /** An environment is made before: half a minute on a busy machine. */
  const untilFetching = (process: CliProcess, words = 'package 3 of 3') =>
    eventually(() => expect(process.stderr).toContain(words), 120_000);
  /** Nothing of pip's lives on. */
  const nobodyElse = () =>
    eventually(async () => expect(await processesWith(`HOME=${cli.folder.path}`)).toEqual([]));

  it('installs, has nothing to do the second time, repairs, and removes what is ours', async () => {
    const asked = await cli.run(args().filter((word) => word !== '--yes'));
    expect(asked).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('3 packages'),
      stdout: '',
    });
    expect(asked.stderr).toContain(`→ arpo-env evaluators install --index-url ${index.url} --yes`);
    const offline = ['evaluators', 'install', '--set', 'all', '--offline', cli.folder.path];
    expect((await cli.run(offline)).stderr).toContain(`→ arpo-env ${offline.join(' ')} --yes`);
    const { exitCode, stderr, stdout } = await cli.run(args());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('package 3 of 3') });
    expect(stdout).toContain(`installed in ${dir}`);
    expect(await status()).toMatchObject({ exitCode: 0, set: 'core', packages: { one: '1.0', two: '1.0' } });
    expect(readdirSync(join(dir, 'osworld'))).toEqual(['desktop_env']);
    const compiled = join(dir, 'osworld/desktop_env/evaluators/metrics/__pycache__');
    expect(readdirSync(compiled).join()).toMatch(/^general\.cpython-\d+\.pyc$/);

    expect((await cli.run(args())).stdout).toMatch(/^nothing to do: /);

    const site = sitePackages(dir);
    rmSync(join(site, 'two/__init__.py'));
    rmSync(join(site, 'one-1.0.dist-info'), { recursive: true });
    expect(await status()).toMatchObject({
      exitCode: 3,
      problems: [
        { message: `${dir} lacks packages that were installed: one`, fix: 'arpo-env evaluators install' },
      ],
    });
    expect(await cli.run(args())).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(site, 'two/__init__.py'))).toBe(true);
    expect(await status()).toMatchObject({ exitCode: 0 });

    const mine = join(dir, 'mine.txt');
    cli.folder.write('.local/share/arpo-env/evaluators/mine.txt', '');
    expect(await cli.run(['evaluators', 'remove'])).toMatchObject({ exitCode: 2 });
    expect(await cli.run(['evaluators', 'remove', '--yes'])).toMatchObject({ exitCode: 0 });
    expect(readdirSync(dirname(mine))).toEqual(['mine.txt']);
    const refused = await cli.run(args());
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('files that are not ours (mine.txt)'),
    });
  });

  it('goes on after kill -9: what was installed is not fetched again', async () => {
    cli.folder.write('list.txt', [...BATCH, ...PACKAGES].map(({ name }) => `${name}==1.0\n`).join(''));
    index.faults.set('three', 'hangs');
    const first = cli.start(args());
    await untilFetching(first, 'package 15 of 15');
    first.child.kill('SIGKILL');
    await first.waitForExit();
    await nobodyElse();
    expect(await status()).toMatchObject({ exitCode: 3, set: null });
    index.faults.clear();
    expect(await cli.run(args())).toMatchObject({ exitCode: 0 });
    expect(index.sent.filter((name) => name.startsWith('filler'))).toHaveLength(BATCH.length);
    expect(index.sent).toContain('three');
  });

  it('stops for Ctrl-C with nothing left running; meanwhile a second one is told who is at it', async () => {
    index.faults.set('three', 'hangs');
    const first = cli.start(args());
    await untilFetching(first);
    const second = await cli.run(args());
    expect(second).toMatchObject({ exitCode: 1 });
    expect(second.stderr).toContain(`✗ pid ${first.child.pid} is installing or removing`);
    first.child.kill('SIGINT');
    expect(await first.waitForExit()).toMatchObject({ exitCode: 130 });
    await nobodyElse();
    expect(await status()).toMatchObject({ exitCode: 3, set: null });
  });

  it('says so when the index breaks off, and goes on when it does not any more', async () => {
    index.faults.set('two', 'breaks off');
    const { exitCode, stderr } = await cli.run(args());
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining(
        `✗ ${index.url} broke off while it sent a package\n→ run it again: it goes on where it stopped`,
      ),
    });
    index.faults.clear();
    expect(await cli.run(args())).toMatchObject({ exitCode: 0 });
  });

  it('tells an index that is not there from one that has not the package', async () => {
    const { url } = index;
    cli.folder.write('list.txt', 'one==1.0\nfour==1.0\n');
    const missing = await cli.run(args());
    expect(missing.stderr).toContain(`✗ ${url} does not have four==1.0, or not for this Python and machine`);
    cli.folder.write('list.txt', 'one==7.0\n');
    expect((await cli.run(args())).stderr).toContain(`✗ ${url} has other versions than one==7.0`);
    await index[Symbol.asyncDispose]();
    const dead = await cli.run([
      'evaluators',
      'install',
      '--yes',
      '--requirements',
      list,
      '--index-url',
      url,
    ]);
    expect(dead).toMatchObject({ exitCode: 1 });
    expect(dead.stderr).toContain(`✗ ${url} cannot be reached\n→ check the network`);
    index = await PythonIndex.start([]);
  });

  it('installs from a folder, and names what is not in it', async () => {
    const wheels = join(cli.folder.path, 'wheels');
    mkdirSync(wheels);
    writeWheels(wheels, [...PACKAGES.slice(1), DESKTOP_ENV]);
    const offline = args('--offline', wheels);
    const { stderr } = await cli.run(offline);
    expect(stderr).toContain(`✗ ${wheels} has no one==1.0 for this Python\n→ fill it on a machine`);
    writeWheels(wheels, PACKAGES);
    expect(await cli.run(offline)).toMatchObject({ exitCode: 0 });
    expect(index.sent).toEqual([]);
    expect(await status()).toMatchObject({ exitCode: 0, packages: { one: '1.0' } });
  });

  it('names what a machine without Python lacks', async () => {
    const empty = join(cli.folder.path, 'empty');
    mkdirSync(empty);
    const { exitCode, stderr } = await cli.run(args(), { PATH: empty });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(
        /✗ OSWorld's evaluators need Python 3\.9 to 3\.12 with ensurepip, and none was found on PATH\n→ (sudo )?apt-get install python3 python3-venv/,
      ),
    });
  });

  describe.skipIf(process.getuid?.() !== 0)('on a small disk — needs root', () => {
    let disk: CliSandbox;
    beforeAll(() => {
      disk = new CliSandbox();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'tmpfs', disk.folder.path]);
    });
    afterAll(async () => {
      execFileSync('umount', ['-l', disk.folder.path]);
      await disk[Symbol.asyncDispose]();
    });

    it('refuses what does not fit before it begins, and says so when it fills the disk all the same', async () => {
      const small = { ARPO_ENV_EVALUATORS_DIR: join(disk.folder.path, 'evaluators') };
      const whole = await cli.run(['evaluators', 'install', '--yes'], small);
      expect(whole).toMatchObject({ exitCode: 1 });
      expect(whole.stderr).toMatch(/✗ the set core takes 1\.0 GB in \S+, where \d+\.\d MB are free/);
      cli.folder.write('list.txt', 'one==1.0\nlarge==1.0\n');
      const { exitCode, stderr } = await cli.run(args(), small);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining(
          `✗ no space left to install OSWorld's evaluators in ${small.ARPO_ENV_EVALUATORS_DIR}`,
        ),
      });
      expect(await cli.run(['evaluators', 'status'], small)).toMatchObject({ exitCode: 3 });
      rmSync(join(sitePackages(small.ARPO_ENV_EVALUATORS_DIR), 'large'), { recursive: true });
      cli.folder.write('list.txt', 'one==1.0\n');
      expect(await cli.run(args(), small)).toMatchObject({ exitCode: 0 });
    });
  });

  it.skipIf(findExecutable('uv') === undefined)('uses uv where it is there', async () => {
    const { exitCode, stderr } = await cli.run(args());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('with uv') });
    expect(readFileSync(join(dir, 'venv/pyvenv.cfg'), 'utf8')).toContain('uv = ');
  });
});

/** Of the machine, what Python's shims need; more retries would only take time. */
function environment(): Record<string, string> {
  const root = process.env.PYENV_ROOT ?? join(process.env.HOME ?? '', '.pyenv');
  return { PIP_RETRIES: '1', ...(existsSync(root) ? { PYENV_ROOT: root } : {}) };
}

function sitePackages(dir: string): string {
  const lib = join(dir, 'venv/lib');
  return join(lib, readdirSync(lib)[0] ?? '', 'site-packages');
}
