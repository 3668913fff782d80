/** The clone with the Python env server and OSWorld as a submodule. What the user changed in it stays. */
import { join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { shellQuote } from '../../shell-words.js';
import { asUser, type Command, HOUR_MS, NETWORK_RETRY } from '../command.js';
import { query } from '../query.js';
import type { Inspection, SetupContext, Step } from '../step.js';

type Repo = NonNullable<SetupContext['settings']['repo']>;

/** Seconds for one question to the remote; a run without network must not hang on it. */
const REMOTE_LIMIT = '8';

export const repo: Step = {
  id: 'repo',
  title: 'Repository',
  needs: ['packages'],
  async inspect(context): Promise<Inspection> {
    const { repo: wanted } = context.settings;
    if (wanted === null) return { state: 'not-applicable', why: 'setup.repoUrl is not set' };
    if (!(await context.machine.exists(join(wanted.dir, '.git'))))
      return { state: 'needed', why: `${wanted.dir} is not there` };
    await assertSameOrigin(wanted, context);
    const { stdout: submodules } = await git(wanted, ['submodule', 'status', '--recursive'], context);
    if (/^-/m.test(submodules)) return { state: 'needed', why: 'submodules are empty' };
    return compareWithRemote(wanted, context);
  },
  async plan(context): Promise<Command[]> {
    const { repo: wanted, offline } = context.settings;
    if (wanted === null) return [];
    if (!(await context.machine.exists(join(wanted.dir, '.git'))))
      return offline === null ? clone(wanted) : copyClone(wanted, offline);
    const branch = wanted.branch ?? (await currentBranch(wanted, context));
    return [
      gitCommand(wanted, ['fetch', '--recurse-submodules=no', 'origin', branch], true),
      ...(branch === (await currentBranch(wanted, context))
        ? []
        : [gitCommand(wanted, ['switch', branch], false)]),
      gitCommand(wanted, ['merge', '--ff-only', 'FETCH_HEAD'], false),
      gitCommand(wanted, ['submodule', 'update', '--init', '--recursive'], true),
    ];
  },
  explain({ lines }, { settings }) {
    const text = lines.join('\n');
    const dir = shellQuote(settings.repo?.dir ?? '.');
    if (/would be overwritten by (merge|checkout)/.test(text)) {
      return problem(
        `${dir} has changes of yours that the update would overwrite`,
        `set them aside: git -C ${dir} stash`,
      );
    }
    if (/not possible to fast-forward|diverging branches/i.test(text)) {
      const pull = `git -C ${dir} pull`;
      return problem(
        `${dir} has commits of its own and so has the remote`,
        `choose: your commits on top: ${pull} --rebase; or both joined: ${pull} --no-rebase`,
      );
    }
    if (/already exists and is not an empty directory|mv: .*File exists/.test(text)) {
      return problem(
        `${dir} exists and is not a clone`,
        'move it away, or choose another folder: setup.repoDir',
      );
    }
    if (/could not read (Username|Password)|Authentication failed|Permission denied \(publickey/.test(text)) {
      return problem(
        'the git server asks for a login',
        `try it by hand: git ls-remote ${shellQuote(settings.repo?.url ?? '')}`,
      );
    }
    return null;
  },
};

/**
 * Under another name until it is whole: a clone that was cut off is thrown away. Submodules come after it, since git
 * keeps a clone whose submodules failed, and another attempt would stumble over it.
 */
function clone({ url, branch, dir }: Repo): Command[] {
  const draft = `${dir}.cloning`;
  const network = { env: UNATTENDED, retry: NETWORK_RETRY, limitMs: 2 * HOUR_MS };
  return [
    asUser(['rm', '--recursive', '--force', '--', draft]),
    asUser(['git', 'clone', ...(branch === null ? [] : ['--branch', branch]), '--', url, draft], network),
    asUser(['git', '-C', draft, 'submodule', 'update', '--init', '--recursive'], network),
    // Without -T an existing folder would take the clone into itself.
    asUser(['mv', '--no-target-directory', '--', draft, dir]),
  ];
}

/** Offline: `repo` in that folder is a clone, with its submodules. */
function copyClone({ url, dir }: Repo, offline: string): Command[] {
  const draft = `${dir}.cloning`;
  return [
    asUser(['rm', '--recursive', '--force', '--', draft]),
    asUser(['cp', '--archive', '--no-target-directory', '--', join(offline, 'repo'), draft]),
    asUser(['git', '-C', draft, 'remote', 'set-url', 'origin', url]),
    asUser(['mv', '--no-target-directory', '--', draft, dir]),
  ];
}

async function compareWithRemote(wanted: Repo, context: SetupContext): Promise<Inspection> {
  const here = await currentBranch(wanted, context);
  const branch = wanted.branch ?? here;
  if (branch !== here) return { state: 'needed', why: `${wanted.dir} is on branch ${here}, not ${branch}` };
  const unasked = (why: string): Inspection => ({
    state: 'done',
    note: `${wanted.dir}, branch ${branch}; left as it is, since ${why}`,
  });
  if (context.settings.offline !== null) return unasked('this run is offline');
  const question = ['git', '-C', wanted.dir, 'ls-remote', '--exit-code', 'origin', `refs/heads/${branch}`];
  const remote = await query(context, asUser(['timeout', REMOTE_LIMIT, ...question], { env: UNATTENDED }));
  if (remote.exitCode === 2) return unasked('the remote has no such branch');
  if (remote.exitCode !== 0)
    return unasked(
      `the remote does not answer: ${remote.stderr.trim().split('\n').at(-1) || `no answer in ${REMOTE_LIMIT} s`}`,
    );
  const commit = remote.stdout.split(/\s/)[0] ?? '';
  const contained = await git(wanted, ['merge-base', '--is-ancestor', commit, 'HEAD'], context);
  if (contained.exitCode === 0) return { state: 'done', note: `${wanted.dir}, branch ${branch}, up to date` };
  return { state: 'needed', why: `branch ${branch} has new commits on the remote` };
}

async function assertSameOrigin(wanted: Repo, context: SetupContext): Promise<void> {
  const { stdout } = await git(wanted, ['remote', 'get-url', 'origin'], context);
  const plain = (url: string) => url.trim().replace(/(\.git)?\/*$/, '');
  if (plain(stdout) === plain(wanted.url)) return;
  throw new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `${wanted.dir} is a clone of ${stdout.trim() || 'nothing'}, not of ${wanted.url}`,
    fix: 'choose another folder (setup.repoDir), or correct setup.repoUrl',
  });
}

/** `HEAD` when no branch is checked out. */
async function currentBranch(wanted: Repo, context: SetupContext): Promise<string> {
  return (await git(wanted, ['rev-parse', '--abbrev-ref', 'HEAD'], context)).stdout.trim();
}

/** Neither git nor ssh may ask for a password behind the live list. */
const UNATTENDED = { GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -o BatchMode=yes' };

function git(wanted: Repo, args: readonly string[], context: SetupContext) {
  return query(context, asUser(['git', '-C', wanted.dir, ...args], { env: UNATTENDED }));
}

function gitCommand(wanted: Repo, args: readonly string[], network: boolean): Command {
  const extras = network ? { env: UNATTENDED, retry: NETWORK_RETRY, limitMs: 2 * HOUR_MS } : {};
  return asUser(['git', '-C', wanted.dir, ...args], extras);
}

function problem(message: string, fix: string) {
  return { code: 'E_SETUP_STEP' as const, message, fix };
}
