/** The commands of the practice desktop, against what dash, bash and the tools print for the same script. */
import { describe, expect, test } from 'vitest';
import { PracticeMachine } from '../../../src/guest/practice/machine.js';

const NOW = new Date('2026-11-21T10:24:05Z');

function machine(timeScale = 0): PracticeMachine {
  return new PracticeMachine({
    screen: { width: 800, height: 600 },
    now: () => NOW,
    timeScale,
    log: () => {},
  });
}

async function sh(script: string, on: PracticeMachine) {
  const options = { timeoutSeconds: 60, signal: AbortSignal.timeout(10_000) };
  const { stdout, stderr, returncode } = await on.programs.run(['/bin/sh', '-c', script], options);
  return { out: stdout.toString(), err: stderr.toString(), status: returncode };
}

describe('prints', () => {
  test.each<[script: string, out: string]>([
    ['', ''],
    ['echo a  b', 'a b\n'],
    ['echo \'a  b\' "c  d"', 'a  b c  d\n'],
    ['echo a\\ \\ b', 'a  b\n'],
    ["echo 'it'\\''s'", "it's\n"],
    ['echo "a\\"b\\$c\\n"', 'a"b$c\\n\n'],
    ['echo -n a; echo b', 'ab\n'],
    ['echo one\n# comment\necho two # more', 'one\ntwo\n'],
    ['echo a#b', 'a#b\n'],
    ['echo one \\\ntwo', 'one two\n'],
    ['echo $\u007bNOPE}, "$NOPE", \'$NOPE\'', ', , $NOPE\n'],
    ['echo $constructor', '\n'],
    ['echo a "" b', 'a  b\n'],
    ['true && echo yes || echo no; false && echo yes || echo no', 'yes\nno\n'],
    ['true &&\n\necho next line', 'next line\n'],
    ['cd Documents && pwd && cd && pwd', '/home/user/Documents\n/home/user\n'],
    ['sh -c "cd /tmp; pwd"; pwd', '/tmp\n/home/user\n'],
    ['echo ~ ~/x "~" a~', '/home/user /home/user/x ~ a~\n'],
    ['echo $HOME $\u007bUSER} "$USER"', '/home/user user user\n'],
    ['echo hello > f; cat f; echo more >>f; cat f', 'hello\nhello\nmore\n'],
    ['> f; cat f; echo empty', 'empty\n'],
    ['echo out; echo err 2>/dev/null >&2', 'out\n'],
    ['nosuch > f 2>&1; cat f', 'sh: 1: nosuch: not found\n'],
    ['touch b.txt a.txt; ls "a.txt" b.txt', 'a.txt\nb.txt\n'],
    ['mkdir -p x/y; touch x/y/1 x/y/2; ls x/y', '1\n2\n'],
    ['mkdir d; echo 1 > d/a; cp -r d e; mv e/a e/b; ls d e', 'd:\na\ne:\nb\n'],
    ['echo 1 > a; echo 2 > b; mv a b; cat b; ls a 2>/dev/null || echo gone', '1\ngone\n'],
    ['date -u +%Y-%m-%dT%H:%M:%S; sleep 58; date +%T', '2026-11-21T10:24:05\n10:25:03\n'],
    ['exit 0; echo never', ''],
  ])('%j', async (script, out) => {
    using on = machine();
    expect(await sh(script, on)).toMatchObject({ out, err: '' });
  });
});

describe('fails', () => {
  test.each<[script: string, status: number, err: string]>([
    ['nosuch --x', 127, 'sh: 1: nosuch: not found\n'],
    ['bash -c nosuch', 127, 'bash: nosuch: command not found\n'],
    ['exit 3', 3, ''],
    ['false', 1, ''],
    ['cat nope', 1, 'cat: nope: No such file or directory\n'],
    ['cat Documents', 1, 'cat: Documents: Is a directory\n'],
    ['echo x > Documents', 1, 'sh: /home/user/Documents: Is a directory\n'],
    ['echo x > /no/such/folder', 1, 'sh: /no/such/folder: No such file or directory\n'],
    ['cd nope', 1, 'cd: nope: No such file or directory\n'],
    ['rm nope', 1, "rm: cannot remove 'nope': No such file or directory\n"],
    ['rm Documents', 1, "rm: cannot remove 'Documents': Is a directory\n"],
    ['mkdir Documents', 1, "mkdir: cannot create directory 'Documents': File exists\n"],
    ['mv nope x', 1, "mv: cannot stat 'nope': No such file or directory\n"],
    ['cp Documents d', 1, "cp: -r not specified; omitting directory 'Documents'\n"],
    ['ls --color', 2, "ls: unrecognized option '--color'\n"],
    ['ls -Z', 2, "ls: invalid option -- 'Z'\n"],
    ['touch', 2, 'touch: missing operand\n'],
    ['echo "a', 2, 'sh: unexpected EOF while looking for matching `"\'\n'],
    ["echo 'a", 2, "sh: unexpected EOF while looking for matching `''\n"],
    ['echo a &&', 2, 'sh: syntax error: unexpected end of file\n'],
    ['; a', 2, "sh: syntax error near unexpected token `;'\n"],
    ['python -c "print(1)"', 1, 'NotImplementedError'],
    ['python -c "import platform; print(platform.system(), open(1))"', 1, 'NotImplementedError'],
    ['xdg-open nope', 1, "xdg-open: [Errno 2] No such file or directory: '/home/user/nope'\n"],
    ['date +%Q', 2, "date: invalid date '+%Q'\n"],
  ])('%j', async (script, status, err) => {
    using on = machine();
    const result = await sh(script, on);
    expect(result.status).toBe(status);
    expect(result.err).toContain(err);
  });
});

test.each([
  'import platform; print(platform.system())',
  'import pyautogui; import time; pyautogui.FAILSAFE = False; import platform; print(platform.system())',
])('says that it is a Linux, as OSWorld asks: %s', async (code) => {
  using on = machine();
  expect(await sh(`python -c '${code}'`, on)).toEqual({ out: 'Linux\n', err: '', status: 0 });
});

describe('what it does not have is refused by name, before anything runs', () => {
  test.each<[script: string, what: string]>([
    ['for i in 1 2; do echo $i; done', 'for'],
    ['if true; then echo; fi', 'if'],
    ['X=5', 'X='],
    ['ls | cat', '|'],
    ['cat < f', '<'],
    ['cat <<EOF\nx\nEOF', '<'],
    ['sleep 1 &', '&'],
    ['(cd /tmp)', '('],
    ['echo $(date)', '$'],
    ['echo "$(date)"', '$'],
    ['echo $((1+2))', '$'],
    ['echo `date`', '`'],
    ['echo "`date`"', '`'],
    ['echo $?', '$'],
    ['echo *.txt', '*'],
    ['[ -f x ]', '['],
    ['{ echo; }', '{'],
    ['! true', '!'],
  ])('%j', async (script, what) => {
    using on = machine();
    expect(await sh(`touch made; ${script}`, on)).toEqual({
      status: 2,
      out: '',
      err: `sh: \`${what}' is not supported by the practice desktop's shell\n`,
    });
    expect(await on.files.kind('/home/user/made')).toBeNull();
  });
});

describe('a guest has limits', () => {
  test('for one argument, as Linux has', async () => {
    using on = machine();
    await expect(sh(`echo ${'x'.repeat(128 * 1024)}`, on)).rejects.toThrow(
      '[Errno 7] Argument list too long',
    );
  });

  test('for the output of one program', async () => {
    using on = machine();
    await on.files.write('/tmp/large', [Buffer.alloc(40 * 1024 ** 2)]);
    await expect(sh('cat /tmp/large /tmp/large > /dev/null', on)).rejects.toThrow('bytes of output');
  });

  test('for how many programs wait', async () => {
    using on = machine(1);
    for (let count = 0; count < 64; count += 1) await on.programs.launch(['sleep', '1000']);
    await expect(on.programs.launch(['sleep', '1000'])).rejects.toThrow('temporarily unavailable');
  });

  test('for how far it turns its clock', async () => {
    using on = machine();
    await on.programs.launch(['sleep', '1e300']);
    expect((await sh('date +%Y', on)).out).toMatch(/^20\d\d\n$/);
    expect((await on.screen.screenshot()).length).toBeGreaterThan(10_000);
  });

  test('for how much one program does with mouse and keyboard', async () => {
    using on = machine();
    const calls = Array.from({ length: 30 }, () => "pyautogui.press('a', presses=10000)");
    const run = ['python', '-c', ['import pyautogui', ...calls].join('\n')];
    const { stderr } = await on.programs.run(run, {
      timeoutSeconds: 60,
      signal: AbortSignal.timeout(10_000),
    });
    expect(stderr.toString()).toContain('ValueError: more than 200000 steps in one program');
  });

  test('and others have their turn while it types', async () => {
    using on = machine();
    await on.programs.launch(['gedit']);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await on.programs.run(['python', '-c', "import pyautogui\npyautogui.press('a', presses=5000)"], {
      timeoutSeconds: 60,
      signal: AbortSignal.timeout(60_000),
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});

test('a program that is not there cannot be started', async () => {
  using on = machine();
  const run = on.programs.run(['google-chrome'], { timeoutSeconds: 1, signal: new AbortController().signal });
  await expect(run).rejects.toThrow("[Errno 2] No such file or directory: 'google-chrome'");
});

test('stopping the machine ends what waits in it', async () => {
  const on = machine(1);
  const waiting = sh('sleep 1000', on);
  on[Symbol.dispose]();
  await expect(waiting).rejects.toThrow('the machine was stopped');
});
