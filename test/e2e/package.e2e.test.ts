import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/components.js';
import { example, STRICT } from '../support/doc-examples.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describeWith('npm', 'the packed tarball in an empty folder', () => {
  let folder: string;
  const bin = () => join(folder, 'node_modules/.bin/arpo-env');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpo-env-package-'));
    const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    const [packed] = JSON.parse(stdout) as [{ filename: string }];
    await execa('npm', ['init', '--yes'], { cwd: folder });
    await execa('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', join(folder, packed.filename)], {
      cwd: folder,
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('runs the demo: fonts and templates are in it', async () => {
    const { stdout } = await execa(bin(), ['demo', '--json', '--out', join(folder, 'out')], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ reward: 1 });
  });

  it('writes a config from its template', async () => {
    await execa(bin(), ['init', '--provider', 'sim'], { cwd: folder });
    const { stdout } = await execa(bin(), ['config', 'print', '--json'], { cwd: folder });
    expect(stdout).toContain('arpo-env.config.yaml');
  });

  it('is a typed library', async () => {
    const program = `import { predictionToActions } from 'arpo-env';
      const result = predictionToActions("Thought: x\\nAction: finished()", { screen: { width: 1920, height: 1080 } });
      process.stdout.write(JSON.stringify(result));`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folder,
    });
    expect(JSON.parse(stdout)).toMatchObject({ actions: ['DONE'], formatReward: 0 });
  });

  it('brings every type that its own ones name', async () => {
    await writeFile(join(folder, 'example.mts'), example('docs/library.md', 'ts'));
    const config = { compilerOptions: STRICT, files: ['example.mts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await execa(process.execPath, [compiler, '-p', folder], { reject: false });
    expect(stdout).toBe('');
  });
});
