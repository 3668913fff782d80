/** The simulated shell against what dash and bash print for the same script. */
import { describe, expect, test } from 'vitest';
import { PracticeMachine } from '../../../src/guest/practice/machine.js';

const NOW = new Date('2026-11-21T10:24:05Z');

function machine(): PracticeMachine {
  return new PracticeMachine({
    screen: { width: 800, height: 600 },
    now: () => NOW,
    timeScale: 0,
    log: () => {},
  });
}

async function sh(script: string, on: PracticeMachine, ...args: string[]) {
  const options = { timeoutSeconds: 60, signal: AbortSignal.timeout(10_000) };
  const { stdout, stderr, returncode } = await on.programs.run(['/bin/sh', '-c', script, ...args], options);
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
    ['X=5; echo $X $\u007bX}y "$X" \'$X\'', '5 5y 5 $X\n'],
    ['echo $\u007bNOPE:-fall back} [$\u007bNOPE}]', 'fall back []\n'],
    ['X="a  b"; echo $X; echo "$X"', 'a b\na  b\n'],
    ['X=; echo a $X b', 'a b\n'],
    ['echo a "" b', 'a  b\n'],
    ['X=1 env | grep ^X=; echo "[$X]"', 'X=1\n[]\n'],
    ['echo $(echo a; echo b) "$(printf \'c\\nd\\n\')"', 'a b c\nd\n'],
    ['echo `echo hi`', 'hi\n'],
    ['echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7%3))', '7 9 3 -1\n'],
    ['X=4; echo $((X+1)) $(($X*2))', '5 8\n'],
    ['false; echo $?; true; echo $?', '1\n0\n'],
    ['true && echo yes || echo no; false && echo yes || echo no', 'yes\nno\n'],
    ['! false && echo negated', 'negated\n'],
    ['(cd /tmp; pwd); pwd', '/tmp\n/home/user\n'],
    ['cd /tmp | true; pwd', '/home/user\n'],
    ['cd Documents && pwd && cd - && pwd', '/home/user/Documents\n/home/user\n'],
    ['echo ~ ~/x "~" a~', '/home/user /home/user/x ~ a~\n'],
    ['echo $HOME $USER $0', '/home/user user sh\n'],
    ['printf "%s-%s\\n" a b c', 'a-b\nc-\n'],
    ['echo hello > f; cat f; echo more >> f; cat < f', 'hello\nhello\nmore\n'],
    ['> f; [ -f f ] && [ ! -s f ] && echo empty', 'empty\n'],
    ['echo out; echo err 2>/dev/null >&2', 'out\n'],
    ['(echo a; nosuch) > f 2>&1; cat f', 'a\nsh: 1: nosuch: not found\n'],
    ['nosuch &> f; cat f', 'sh: 1: nosuch: not found\n'],
    ['printf "b\\na\\nb\\n" | sort | uniq', 'a\nb\n'],
    ['printf "10\\n9\\n" | sort -n | head -1', '9\n'],
    ['seq 3 | tail -n 2', '2\n3\n'],
    ['seq 5 | wc -l', '5\n'],
    ['printf "Apple\\nbanana\\n" | grep -i APP', 'Apple\n'],
    ['printf "a1\\nb2\\n" | grep -vn 1', '2:b2\n'],
    ['printf "a+b\\naab\\n" | grep "a+b"; printf "aab\\n" | grep -E "a+b"', 'a+b\naab\n'],
    ['echo x | tee a b | cat; cat a b', 'x\nx\nx\n'],
    [
      'touch b.txt a.txt c.md; echo *.txt; echo *.none; echo "*.txt" \\*.md',
      'a.txt b.txt\n*.none\n*.txt *.md\n',
    ],
    ['mkdir -p x/y; touch x/y/1 x/y/2; echo x/*/[12]; ls x/y', 'x/y/1 x/y/2\n1\n2\n'],
    ['mkdir d; echo 1 > d/a; cp -r d e; mv e/a e/b; ls d e', 'd:\na\ne:\nb\n'],
    ['echo 1 > a; echo 2 > b; mv a b; cat b; [ -e a ] || echo gone', '1\ngone\n'],
    ['date -u +%Y-%m-%dT%H:%M:%S; sleep 58; date +%T', '2026-11-21T10:24:05\n10:25:03\n'],
    ['whoami; hostname; uname', 'user\narpo-sim\nLinux\n'],
    ['which ls nosuch', '/usr/bin/ls\n'],
    ['basename /a/b.txt .txt; dirname /a/b.txt', 'b\n/a\n'],
    ["bash -c 'echo $1 $#' name a b", 'a 2\n'],
    ['echo "echo from file \\$1" > s.sh; sh s.sh arg', 'from file arg\n'],
    ['exit 0; echo never', ''],
    ['[ 3 -gt 2 ] && [ a != b ] && test -d Documents && echo all', 'all\n'],
    ['gsettings get org.gnome.desktop.interface color-scheme', "'default'\n"],
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
    ['cat < nope', 1, 'sh: /home/user/nope: No such file or directory\n'],
    ['echo x > Documents', 1, 'sh: /home/user/Documents: Is a directory\n'],
    ['echo x > /no/such/folder', 1, 'sh: /no/such/folder: No such file or directory\n'],
    ['cd nope', 1, 'cd: nope: No such file or directory\n'],
    ['rm nope', 1, "rm: cannot remove 'nope': No such file or directory\n"],
    ['rm Documents', 1, "rm: cannot remove 'Documents': Is a directory\n"],
    ['rmdir Documents', 1, "rmdir: failed to remove 'Documents': Directory not empty\n"],
    ['mkdir Documents', 1, "mkdir: cannot create directory 'Documents': File exists\n"],
    ['mv nope x', 1, "mv: cannot stat 'nope': No such file or directory\n"],
    ['cp Documents d', 1, "cp: -r not specified; omitting directory 'Documents'\n"],
    ['ls --color', 2, "ls: unrecognized option '--color'\n"],
    ['ls -Z', 2, "ls: invalid option -- 'Z'\n"],
    ['grep', 2, 'grep: missing operand\n'],
    ['echo "a', 2, 'sh: unexpected EOF while looking for matching `"\'\n'],
    ["echo 'a", 2, "sh: unexpected EOF while looking for matching `''\n"],
    ['echo $(', 2, "sh: unexpected EOF while looking for matching `)'\n"],
    ['echo a |', 2, 'sh: syntax error: unexpected end of file\n'],
    ['| a', 2, "sh: syntax error near unexpected token `|'\n"],
    ['echo a ) b', 2, "sh: syntax error near unexpected token `)'\n"],
    ['for i in 1 2; do echo $i; done', 2, "sh: `for' is not supported by the simulated shell\n"],
    ['if true; then echo; fi', 2, "sh: `if' is not supported by the simulated shell\n"],
    ['cat <<EOF\nx\nEOF', 2, 'sh: here-documents are not supported by the simulated shell\n'],
    ['echo $((1/0))', 2, 'sh: 1/0: division by 0\n'],
    ['python -c "print(1)"', 1, 'NotImplementedError'],
    [
      'gsettings set org.gnome.desktop.interface clock-show-seconds maybe',
      1,
      'The provided value is not valid for the key: maybe\n',
    ],
    ['gsettings get org.nope key', 1, 'No such schema “org.nope”\n'],
    ['xdg-open nope', 1, "xdg-open: [Errno 2] No such file or directory: '/home/user/nope'\n"],
    ['wmctrl -a Nothing', 1, 'Cannot find a window named Nothing\n'],
    ['date +%Q', 2, 'date: %Q: this format is not supported by the simulated date\n'],
  ])('%j', async (script, status, err) => {
    using on = machine();
    const result = await sh(script, on);
    expect(result.status).toBe(status);
    expect(result.err).toContain(err);
  });
});

test('arguments after a script are its parameters', async () => {
  using on = machine();
  expect(await sh('echo $0 $1 $# "$@"', on, 'zero', 'one two', 'three')).toMatchObject({
    out: 'sh one two 2 one two three\n',
  });
});

test('a program that is not there cannot be started', async () => {
  using on = machine();
  const run = on.programs.run(['google-chrome'], { timeoutSeconds: 1, signal: new AbortController().signal });
  await expect(run).rejects.toThrow("[Errno 2] No such file or directory: 'google-chrome'");
});

test('stopping the machine ends what waits in it', async () => {
  const on = new PracticeMachine({
    screen: { width: 800, height: 600 },
    now: () => NOW,
    timeScale: 1,
    log: () => {},
  });
  const waiting = sh('sleep 1000', on);
  on[Symbol.dispose]();
  await expect(waiting).rejects.toThrow('the machine was stopped');
});
