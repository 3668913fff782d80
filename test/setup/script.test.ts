import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { asRoot, asUser, type Command, docker, writeFile } from '../../src/setup/command.js';
import { renderScript } from '../../src/setup/script.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const script = (...commands: Command[]) =>
  renderScript(['head'], [{ id: 'step', title: "It's a step", why: 'because\nof this', commands }]);
const bash = (text: string) => spawnSync('bash', ['-c', text], { encoding: 'utf8' });
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0;

it('says what it is, and holds only the helpers that it uses', () => {
  expect(script(asUser(['true']))).toBe(`#!/usr/bin/env bash
# head
set -euo pipefail
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# It's a step (step): because
# of this
printf '%s\\n' '== It'\\''s a step'
true
`);
});

it.each([
  ['as_root() {', asRoot(['true'])],
  ['with_docker() {', docker(['pull', 'x'])],
  ['retry() {', asUser(['true'], { retry: { attempts: 2, finalExitCodes: [] } })],
])('defines %s when it is used', (definition, command) => {
  expect(script(command)).toContain(definition);
  expect(script(asUser(['true']))).not.toContain(definition);
});

it('writes each kind of command so that a person can read it', () => {
  expect(
    script(
      asRoot(['apt-get', 'update'], { env: { A: 'b c' }, retry: { attempts: 3, finalExitCodes: [22, 33] } }),
      docker(['pull', 'an image']),
      asUser(['ls'], { cwd: '/a b' }),
      asUser(['ls'], { onlyIf: { missing: '/x' } }),
      asUser(['ls'], { onlyIf: { exists: ['/x', '/y'] } }),
    ).split("step'\n")[1],
  ).toBe(`retry 3 '22 33' as_root env A='b c' apt-get update
with_docker docker pull 'an image'
(
  cd '/a b'
  ls
)
if [ ! -e /x ]; then
ls
fi
if [ -e /x ] || [ -e /y ]; then
ls
fi
`);
});

it.runIf(process.platform === 'linux' && hasBash)('does what it says: files, folders, conditions', () => {
  using folder = new TemporaryFolder({ there: '' });
  const at = (name: string) => join(folder.path, name);
  const text = "EOF\n$HOME `id` \\ 'x'\nEOF_1\n";
  const made = script(
    writeFile('user', at('new folder/file'), text, '0600'),
    asUser(['sh', '-c', 'printf "%s" "$A" > out'], { cwd: at('new folder'), env: { A: "it's" } }),
    asUser(['touch', at('yes')], { onlyIf: { exists: [at('no'), at('there')] } }),
    asUser(['touch', at('never')], { onlyIf: { missing: at('there') } }),
  );
  expect(bash(made)).toMatchObject({ status: 0, stdout: "== It's a step\n", stderr: '' });
  expect(readFileSync(at('new folder/file'), 'utf8')).toBe(text);
  expect(readFileSync(at('new folder/out'), 'utf8')).toBe("it's");
  expect(execFileSync('ls', [folder.path], { encoding: 'utf8' })).toBe('new folder\nthere\nyes\n');
});

it.runIf(hasBash)('stops at the first failure, with its exit code', () => {
  const { status, stdout } = bash(script(asUser(['sh', '-c', 'exit 7']), asUser(['echo', 'too far'])));
  expect({ status, stdout }).toEqual({ status: 7, stdout: "== It's a step\n" });
});

it.runIf(hasBash)('tries again, but not after an exit code that is final', () => {
  using folder = new TemporaryFolder();
  const count = join(folder.path, 'count');
  const attempt = (code: number, final: number[]) =>
    script(
      asUser(['sh', '-c', `echo x >> ${count}; exit ${code}`], {
        retry: { attempts: 3, finalExitCodes: final },
      }),
    ).replace('sleep ', ': ');
  expect(bash(attempt(5, [22])).status).toBe(5);
  expect(readFileSync(count, 'utf8')).toBe('x\nx\nx\n');
  expect(bash(attempt(22, [22])).status).toBe(22);
  expect(readFileSync(count, 'utf8')).toBe('x\nx\nx\nx\n');
});

it('refuses input without a line break at its end', () => {
  expect(() => script(asUser(['cat'], { stdin: 'no break' }))).toThrow('must end with a line break');
});
