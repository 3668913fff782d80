import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const MODULE = new URL('../../src/lib/inherited-descriptors.ts', import.meta.url).href;
/** Says what its child has open beside the usual three, of which the third is a pipe of ours. */
const PROGRAM = `
const { createJiti } = await import('jiti');
const { andNothingElse } = await createJiti(${JSON.stringify(MODULE)}).import(${JSON.stringify(MODULE)});
const { spawnSync } = await import('node:child_process');
const look = 'for fd in 3 200; do readlink /proc/self/fd/$fd || echo closed; done';
const stdio = ['ignore', 'pipe', 'ignore', 'pipe'];
const seen = (stdio) => String(spawnSync('bash', ['-c', look], { stdio }).stdout).replace(/\\[.*\\]/, '').trim().split('\\n');
console.log(JSON.stringify({ plain: seen(stdio), covered: seen(andNothingElse(stdio)) }));
`;

it.runIf(process.platform === 'linux')('a child has nothing of what this process was started with', () => {
  const command = `exec 200< /etc/passwd; exec ${JSON.stringify(process.execPath)} --input-type=module -e "$0"`;
  const said = execFileSync('bash', ['-c', command, PROGRAM], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual({
    plain: [expect.stringMatching(/^(socket|pipe):$/), '/etc/passwd'],
    covered: [expect.stringMatching(/^(socket|pipe):$/), '/dev/null'],
  });
});
