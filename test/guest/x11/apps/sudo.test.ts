/** `sudo` of a desktop, as tasks and models write it. */
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { sudoShim } from '../../../../src/guest/x11/apps/sudo.js';

/** Standard output of `sudo` with these arguments. */
async function sudo(args: readonly string[], input = ''): Promise<string> {
  const { stdout } = await execa('sh', ['-c', sudoShim(null), 'sudo', ...args], {
    input,
    env: { SHELL: '/bin/sh' },
  });
  return stdout;
}

describe('sudo', () => {
  it.each([
    [['echo', 'a  b', '-S'], 'a  b -S'],
    [['-n', '-E', '-u', 'root', 'echo', 'done'], 'done'],
    [['-nu', 'root', '--', 'echo', 'done'], 'done'],
    [['-uroot', '--prompt', 'password: ', 'echo', 'done'], 'done'],
    [['NAME=value', 'sh', '-c', 'echo $NAME'], 'value'],
    [['-s', 'echo', '$((1 + 1))'], '2'],
    [['-v'], ''],
  ])('%j', async (args, output) => {
    expect(await sudo(args)).toBe(output);
  });

  it('takes the password from its input, and leaves the rest to the command', async () => {
    expect(await sudo(['-S', 'cat'], 'password\nmine\n')).toBe('mine');
    expect(await sudo(['-kS', '-p', '', 'cat'], 'password\nmine\n')).toBe('mine');
    expect(await sudo(['-i'], 'echo "of the shell"')).toBe('of the shell');
  });

  it('ends as the command does, and says how it is used', async () => {
    await expect(sudo(['sh', '-c', 'exit 7'])).rejects.toMatchObject({ exitCode: 7 });
    await expect(sudo([])).rejects.toMatchObject({ exitCode: 1, stderr: 'usage: sudo command' });
  });
});
