import { execa } from 'execa';
import { expect, test } from 'vitest';
import { tied } from '../../../src/host/local/tied.js';
import { identifyProcess } from '../../../src/host/process.js';
import { eventually } from '../../support/eventually.js';
import { NodeChild } from '../../support/node-child.js';

const canTie = (await tied(['true'], 'KILL')).length > 1;

test('it is the program, with its words, output and exit code', async () => {
  const [program = '', ...args] = await tied(['sh', '-c', 'echo "$1"; exit 3', 'sh', 'a  b'], 'KILL');
  const { stdout, exitCode } = await execa(program, args, { reject: false });
  expect([stdout, exitCode]).toEqual(['a  b', 3]);
});

test.skipIf(!canTie)('what is started after its parent has died does not run', async () => {
  const words = await tied(['echo', 'it runs'], 'KILL');
  // The shell in between is the parent, which is not this process.
  const { stdout } = await execa('sh', ['-c', '"$@"; true', 'sh', ...words]);
  expect(stdout).toBe('');
});

test.skipIf(!canTie)('it ends when its parent is killed', async () => {
  const words = await tied(['sleep', '86397'], 'KILL');
  const own = JSON.stringify(words.map((word) => (word === String(process.pid) ? 'PARENT' : word)));
  await using parent = await NodeChild.start(`
    const [program, ...args] = ${own}.map((word) => word === 'PARENT' ? String(process.pid) : word);
    console.log(require('node:child_process').spawn(program, args, { stdio: 'ignore' }).pid);
    setInterval(() => {}, 1000);`);
  const child = Number(parent.greeting);
  expect(await identifyProcess(child)).not.toBeNull();
  parent.process.kill('SIGKILL');
  await eventually(async () => expect(await identifyProcess(child)).toBeNull());
});
