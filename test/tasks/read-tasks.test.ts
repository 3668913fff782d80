import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTasks } from '../../src/tasks/read-tasks.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const task = (id: string, more: object = {}) => JSON.stringify({ ...INFEASIBLE_TASK, id, ...more });
const { signal } = new AbortController();
const read = async (...paths: string[]) => readTasks(paths, signal);

/** As `domain/id`, with what is wrong. */
async function told(...paths: string[]): Promise<string[]> {
  return (await read(...paths)).map(({ id, domain, content }) =>
    'problem' in content ? content.problem.message : `${domain}/${id}`,
  );
}

const EXAMPLES = {
  'examples/chrome/one.json': task('one'),
  'examples/chrome/two.json': task('two'),
  'examples/os/three.json': task('three'),
};

describe('tasks are read', () => {
  it('from one file, with what it says of itself', async () => {
    using folder = new TemporaryFolder({ 'a.json': task('one', { snapshot: 'gimp' }), ...EXAMPLES });
    expect(await told(join(folder.path, 'a.json'))).toEqual(['gimp/one']);
    expect(await told(join(folder.path, 'examples/os/three.json'))).toEqual(['os/three']);
  });

  it('from a folder of folders, which are their domains, without what lies beside them', async () => {
    using folder = new TemporaryFolder({
      ...EXAMPLES,
      'settings/proxy.json': '[{"host": "p.example"}]',
      'settings/account.json': '{"email": "e@example.org"}',
      'test_all.json': '{"chrome": ["one"]}',
      '.git/config.json': task('hidden'),
      'README.md': '#',
    });
    const all = ['chrome/one', 'chrome/two', 'os/three'];
    expect(await told(folder.path)).toEqual(all);
    expect(await told(join(folder.path, 'examples'))).toEqual(all);
    expect(await told(join(folder.path, 'examples/os'))).toEqual(['os/three']);
  });

  it('from a trainer’s list, out of the folder beside it', async () => {
    using folder = new TemporaryFolder({
      ...EXAMPLES,
      'test_some.json': JSON.stringify({ os: ['three'], chrome: ['two', 'gone'] }),
    });
    const path = join(folder.path, 'examples/chrome/gone.json');
    expect(await told(join(folder.path, 'test_some.json'))).toEqual([
      'os/three',
      'chrome/two',
      `gone is not there: no ${path}`,
    ]);
  });

  it('from JSON lines and from a JSON array, each line or element by itself', async () => {
    const lines = [task('one', { domain: 'vlc' }), '{"id": "cut', '', task('two', { snapshot: 'os' }), '[]'];
    using folder = new TemporaryFolder({
      'tasks.jsonl': lines.join('\n'),
      'tasks.json': `[${task('one')}, 7]`,
    });
    expect(await told(join(folder.path, 'tasks.jsonl'))).toEqual([
      'vlc/one',
      'tasks:2 is not JSON',
      'os/two',
      'tasks:5 is not a task: it has no evaluator and no instruction',
    ]);
    expect(await told(join(folder.path, 'tasks.json'))).toEqual([
      'null/one',
      'tasks[1] is not a task: it has no evaluator and no instruction',
    ]);
  });

  it('from the lists of a training config, relative to its clone', async () => {
    using folder = new TemporaryFolder({
      'configs/deep/train.yaml':
        'data:\n  train_files: ee/train.json\n  val_files: [ee/val.json, ee/train.json]\n',
      'ee/train.json': '{"chrome": ["one"]}',
      'ee/val.json': '{"chrome": ["two"]}',
      'ee/examples/chrome/one.json': task('one'),
      'ee/examples/chrome/two.json': task('two'),
    });
    expect(await told(join(folder.path, 'configs/deep/train.yaml'))).toEqual(['chrome/one', 'chrome/two']);
  });

  it('once, however often and by whatever way they are named', async () => {
    using folder = new TemporaryFolder({ ...EXAMPLES, 'list.json': '{"os": ["three", "three"]}' });
    symlinkSync('.', join(folder.path, 'examples/loop'));
    const list = join(folder.path, 'list.json');
    expect(await told(list, folder.path, list)).toEqual(['os/three', 'chrome/one', 'chrome/two']);
    expect(await told(folder.path, join(folder.path, 'examples'))).toHaveLength(3);
  });
});

describe('what cannot be read is named', () => {
  it('in a folder beside what can', async () => {
    using folder = new TemporaryFolder({
      ...EXAMPLES,
      'examples/chrome/cut.json': '{"id": "cut", "evalu',
      'examples/chrome/empty.json': '',
    });
    const huge = join(folder.path, 'examples/chrome/huge.json');
    writeFileSync(huge, '');
    truncateSync(huge, 100_000_000);
    execFileSync('mkfifo', [join(folder.path, 'examples/chrome/pipe.json')]);
    const chrome = join(folder.path, 'examples/chrome');
    expect(await told(chrome)).toEqual([
      `${chrome}/cut.json is not JSON`,
      `${chrome}/empty.json is empty`,
      `${chrome}/huge.json has 100.0 MB: no more than 67.1 MB are read`,
      'chrome/one',
      `${chrome}/pipe.json is not a file`,
      'chrome/two',
    ]);
  });

  it.each(['../../secret', 'a/b', '..', '', 'a\0b'])('in a list that leads elsewhere: %j', async (id) => {
    using folder = new TemporaryFolder({
      ...EXAMPLES,
      'secret.json': task('secret'),
      'list.json': JSON.stringify({ chrome: [id] }),
    });
    const [message] = await told(join(folder.path, 'list.json'));
    expect(message).toContain('is not the name of a task');
  });

  it('in a list whose tasks are a submodule that was never fetched, with the command that does', async () => {
    using folder = new TemporaryFolder({ 'list.json': '{"chrome": ["one"]}' });
    symlinkSync('../OSWorld/examples', join(folder.path, 'examples'));
    const [found] = await read(join(folder.path, 'list.json'));
    expect(found?.content).toMatchObject({
      problem: { fix: `git -C ${folder.path} submodule update --init` },
    });
  });

  it('in names too long to be shown', async () => {
    using folder = new TemporaryFolder({
      'a.json': task('x'.repeat(100_000), { domain: 'y'.repeat(100_000) }),
    });
    const [found] = await read(join(folder.path, 'a.json'));
    expect(found?.id.length).toBeLessThan(250);
    expect(found?.domain?.length).toBeLessThan(250);
  });
});

describe('who names what holds no task is told so', () => {
  it.each<[what: string, file: string, content: string, words: string]>([
    ['JSON of another kind', 'a.json', '{"name": "x"}', 'holds no task of OSWorld'],
    ['no JSON', 'a.json', 'hello', 'is not JSON'],
    ['an empty file', 'a.jsonl', '', 'is empty'],
    ['a Parquet file', 'train.parquet', 'PAR1....PAR1', 'is a Parquet file'],
    ['a training config without lists', 'a.yaml', 'data: {train_files: ""}', 'names no data.train_files'],
    ['a training config of another kind', 'a.yaml', 'x: 1', 'is not a training config'],
    ['a list that is gone', 'a.yaml', 'data: {train_files: gone.json}', 'names gone.json'],
    ['broken YAML', 'a.yaml', 'data: [', 'is not YAML'],
  ])('%s', async (_what, file, content, words) => {
    using folder = new TemporaryFolder({ [file]: content });
    await expect(read(join(folder.path, file))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(words),
    });
  });

  it('a Parquet file, with the command that makes JSON lines of it', async () => {
    using folder = new TemporaryFolder({ 'it is.parquet': 'PAR1' });
    await expect(read(join(folder.path, 'it is.parquet'))).rejects.toMatchObject({
      fix: expect.stringMatching(/python3 -c '.*' '.*it is\.parquet' 'it is\.jsonl' && arpo-env tasks check/),
    });
  });

  it('a path that is not there, and a folder without tasks', async () => {
    using folder = new TemporaryFolder();
    await expect(read(join(folder.path, 'gone'))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: `${folder.path}/gone is not there`,
    });
    mkdirSync(join(folder.path, 'empty'));
    await expect(read(join(folder.path, 'empty'))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('holds no task of OSWorld'),
    });
  });

  it('stops when it is interrupted', async () => {
    using folder = new TemporaryFolder(EXAMPLES);
    const reason = new Error('Ctrl-C');
    await expect(readTasks([folder.path], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
