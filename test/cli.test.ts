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
  [['tunel'], "unknown command 'tunel'", 'did you mean arpo-env tunnel?'],
  [['help', 'tunel'], "unknown command 'tunel'", 'did you mean arpo-env tunnel?'],
  [['nonsense', '--help'], "unknown command 'nonsense'", 'see arpo-env --help'],
  [['service', 'instal'], "unknown command 'instal'", 'did you mean arpo-env service install?'],
  [['serve', '--prt', '1'], "unknown option '--prt'", 'did you mean --port?'],
  [['serve', '--port'], "option '--port <port>' argument missing", 'see arpo-env serve --help'],
  [['logs', 'serve'], 'serve: not one of server, tunnel', 'did you mean server?'],
  [
    ['--log-level', 'loud', 'demo'],
    '--log-level loud: not one of debug, info, warn, error',
    'see arpo-env demo --help',
  ],
])(
  'wrong usage %j exits 2 and says what was meant, with --json as a document',
  async (args, message, fix) => {
    const [forPerson, forMachine] = await Promise.all([run(...args), run(...args, '--json')]);
    expect(forPerson).toMatchObject({ exitCode: 2, stdout: '', stderr: `✗ ${message}\n→ ${fix}` });
    expect(forMachine).toMatchObject({ exitCode: 2, stderr: '' });
    expect(JSON.parse(forMachine.stdout)).toEqual({ error: { code: 'E_USAGE', message, fix } });
  },
);

test('help shows commands before options, and defaults without quotes', async () => {
  const { stdout } = await run('--help');
  expect(stdout.indexOf('  demo ')).toBeLessThan(stdout.indexOf('Options:'));
  expect(stdout.replace(/\s+/g, ' ')).toContain('(debug, info, warn, error; default: info)');
});

test('no command at all shows the help and is wrong usage', async () => {
  const { exitCode, stdout, stderr } = await run();
  expect(exitCode).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('Usage: arpo-env');
});

test.skipIf(process.platform !== 'linux')(
  'a result that finds no room is said, and where nothing can be said nothing is',
  async () => {
    const into = (files: string) =>
      execa('sh', ['-c', `"$0" "$1" config print ${files}`, process.execPath, bin], { reject: false });
    const lost = await into('>/dev/full');
    expect(lost.exitCode).toBe(1);
    expect(lost.stderr).toMatch(
      /^✗ the result cannot be written to stdout: ENOSPC.*\n→ free some space: df -h$/,
    );
    expect((await into('>/dev/full 2>/dev/full')).exitCode).toBe(1);
  },
);
