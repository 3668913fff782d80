import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const bin = fileURLToPath(new URL('../bin/arpo-env.js', import.meta.url));
const run = (...args: string[]) => execa(process.execPath, [bin, ...args], { reject: false });

test('--version is the package version', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await run('--version')).toMatchObject({ exitCode: 0, stdout: manifest.version, stderr: '' });
});

test('every command has help that ends in real examples', async () => {
  const help = await run('--help');
  expect(help.exitCode).toBe(0);
  const names = [...help.stdout.matchAll(/^ {2}([a-z-]+)(?: .*)?$/gm)].map((match) => match[1]);
  const commands = names.slice(names.indexOf('demo'), names.indexOf('help'));
  expect(commands).toContain('serve');
  for (const command of commands) {
    const { stdout, exitCode } = await run(String(command), '--help');
    expect(exitCode).toBe(0);
    expect(stdout, command).toMatch(/Examples:\n {2}\$ arpo-env |Commands:/);
  }
});

test('`help serve` is `serve --help`', async () => {
  const [viaHelp, viaFlag] = await Promise.all([run('help', 'serve'), run('serve', '--help')]);
  expect(viaHelp.stdout).toBe(viaFlag.stdout);
  expect(viaHelp.stdout).toContain('--port');
});

test.each([
  [['tunel'], "✗ unknown command 'tunel'\n→ Did you mean tunnel?"],
  [['serve', '--prt', '1'], "✗ unknown option '--prt'\n→ Did you mean --port?"],
  [['--log-level', 'loud', 'demo'], /^✗ option '--log-level <level>' argument 'loud' is invalid\. .*\n→ see/],
])('wrong usage %j exits 2 and says what was meant', async (args, message) => {
  const { exitCode, stderr, stdout } = await run(...args);
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
});

test('no command at all shows the help and is wrong usage', async () => {
  const { exitCode, stdout, stderr } = await run();
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('Usage: arpo-env');
});
