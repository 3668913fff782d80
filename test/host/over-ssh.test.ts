import { expect, it } from 'vitest';
import type { Argv, HostRunner, RunOptions } from '../../src/host/host.js';
import { localHost } from '../../src/host/local/local-host.js';
import { overSsh } from '../../src/host/over-ssh.js';

const { signal } = new AbortController();
const here = localHost(process.env);

/** As sshd does it: the last word is a line for the login shell. */
const throughShell: HostRunner = {
  run: ([, ...words], options: RunOptions) => here.run(['sh', '-c', words.at(-1) ?? ''], options),
};

it('runs argument lists as they are, with input, variables and a folder', async () => {
  const there = overSsh(throughShell, ['ssh', '--', 'deepx']);
  const argv: Argv = ['sh', '-c', 'cat; printf "%s|" "$@" "$X" "$LC_ALL"; pwd', 'sh', "it's", '$HOME'];
  const options = { signal, input: 'in ', env: { X: 'a b' }, cwd: '/' };
  expect(await there.run(argv, options)).toEqual({
    exitCode: 0,
    stdout: "in it's|$HOME|a b|C|/",
    stderr: '',
  });
});

it('becomes root there, not here', async () => {
  const seen: { argv: Argv; options: RunOptions }[] = [];
  const recorder: HostRunner = {
    run: async (argv, options) => {
      seen.push({ argv, options });
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
  await overSsh(recorder, ['ssh', 'deepx']).run(['id', '-u'], { signal, as: 'root' });
  expect(seen[0]?.argv).toEqual(['ssh', 'deepx', 'sudo -n -- env LC_ALL=C id -u']);
  expect(seen[0]?.options.as).toBeUndefined();
});
