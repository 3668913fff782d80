/** How a command is started: through sudo, with a group that was joined a moment ago, with a terminal of its own. */
import { execa } from 'execa';
import { shellLine } from '../../shell-words.js';
import type { Argv, RunAs } from '../host.js';

export interface Invocation {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  input?: string;
}

interface How {
  as?: RunAs | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  terminal?: boolean | undefined;
}

/** Who starts it. */
export interface Self {
  env: NodeJS.ProcessEnv;
  isRoot: boolean;
}

/** Groups that setup-vm puts its user into. */
const GROUPS = ['docker', 'kvm'];

/** Takes a command's words from standard input; its exit code is the command's. */
const READ_WORDS = `exec bash -c 'mapfile -d "" -t words && exec "\${words[@]}" < /dev/null'`;

/** No part of a command goes through a shell as text: sg gets its words as input, `script` finds them in its environment. */
export async function invocation(
  argv: Argv,
  { as = 'user', env: own = {}, terminal = false }: How,
  { env: inherited, isRoot }: Self,
): Promise<Invocation> {
  const [program, ...args] = argv;
  const env = { ...environment(inherited), ...own };
  if (as === 'root' && !isRoot) return throughSudo(argv, own, env);
  const groups = as === 'docker' && !isRoot ? await newGroups() : [];
  if (terminal) return withTerminal(argv, groups, env);
  return groups.length > 0 ? withGroups(argv, groups, env) : { file: program, args, env };
}

function throughSudo(argv: Argv, own: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Invocation {
  const proxies = Object.keys(env).filter((name) => /_proxy$/i.test(name));
  const kept = [...proxies, ...Object.keys(own)];
  const preserve = kept.length > 0 ? [`--preserve-env=${kept.join(',')}`] : [];
  return { file: 'sudo', args: ['-n', ...preserve, '--', ...argv], env };
}

/** Those of `GROUPS` that the system's tables give this user and this process does not have: it is older. */
async function newGroups(): Promise<string[]> {
  const [{ stdout: table = '' }, { stdout: name = '' }] = await Promise.all([
    execa('getent', ['group', ...GROUPS], { reject: false }),
    execa('id', ['-un'], { reject: false }),
  ]);
  const mine = process.getgroups?.() ?? [];
  return table.split('\n').flatMap((line) => {
    const [group = '', , gid, members = ''] = line.split(':');
    // sg(1) asks anybody else for the group's password.
    return members.split(',').includes(name.trim()) && !mine.includes(Number(gid)) ? [group] : [];
  });
}

/** sg(1) in sg: each adds its group and keeps the others. */
function withGroups(
  argv: readonly string[],
  [first = '', ...further]: readonly string[],
  env: NodeJS.ProcessEnv,
  innermost = READ_WORDS,
): Invocation {
  const line = further.reduce((inner, group) => `exec ${shellLine(['sg', group, '-c', inner])}`, innermost);
  return { file: 'sg', args: [first, '-c', line], env, input: argv.map((word) => `${word}\0`).join('') };
}

/** util-linux's script(1): programs such as docker tell how far they are to a terminal only. */
function withTerminal(
  argv: readonly string[],
  groups: readonly string[],
  own: NodeJS.ProcessEnv,
): Invocation {
  const names = argv.map((_word, index) => `SETUP_VM_WORD_${index}`);
  const env = { ...own, ...Object.fromEntries(names.map((name, index) => [name, argv[index] ?? ''])) };
  const line = `exec ${names.map((name) => `"$${name}"`).join(' ')}`;
  const args = ['--quiet', '--return', '--command', line, '/dev/null'];
  if (groups.length === 0) return { file: 'script', args, env };
  const { input: _none, ...inGroups } = withGroups([], groups, env, `exec ${shellLine(['script', ...args])}`);
  return inGroups;
}

/** English, and the folders of dockerd, usermod and modprobe, which a user's PATH often lacks. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, LC_ALL: 'C', PATH: `${env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` };
}
