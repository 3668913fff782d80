/** The clone with the Python env server: only where one is configured. */
import { join } from 'node:path';
import type { HostFiles } from '../../host/host.js';
import { shellLine, shellQuote } from '../../shell-words.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import { commandFix } from '../command-fix.js';
import type { CheckContext } from '../context.js';

/** Where the runbooks of such set-ups put it. */
const VENV_NAMES = ['.venv', 'arpo_env', 'venv'];
const MODULES = ['fastapi', 'uvicorn', 'docker', 'desktop_env'];

export const repoChecks: readonly Check[] = [
  {
    id: 'repo.clone',
    link: 'repo',
    title: 'the clone is there',
    needs: [],
    run: inRepo(async ({ machine, config }, repo) => {
      const [facts, git] = await Promise.all([machine.stat(repo), machine.stat(join(repo, '.git'))]);
      const why = 'The Python env server runs from it.';
      const clone = shellLine(['git', 'clone', '--recurse-submodules', config.setup.repoUrl ?? 'URL', repo]);
      if (facts?.kind !== 'folder') {
        return fail({
          seen: `${repo} does not exist`,
          why,
          fix: clone,
        });
      }
      if (git === null) {
        const fix = `${clone}, next to it or instead of it`;
        return warn({
          seen: `${repo} is not a git clone`,
          why: 'It can be neither updated nor compared.',
          fix,
        });
      }
      const module = config.server.app.split(':')[0]?.replaceAll('.', '/');
      const file = join(repo, `${module}.py`);
      if ((await machine.stat(file)) === null) {
        return fail({
          seen: `there is no ${file}`,
          why,
          fix: 'is it the right branch? git -C REPO branch --all'.replace('REPO', repo),
        });
      }
      return pass(repo);
    }),
  },
  {
    id: 'repo.submodules',
    link: 'repo',
    title: 'its submodules are filled',
    needs: ['repo.clone'],
    run: inRepo(async ({ machine }, repo) => {
      const modules = await machine.readText(join(repo, '.gitmodules'));
      if (modules === null) return skip('it has none');
      const paths = [...modules.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)].map(([, path = '']) => path);
      const contents = await Promise.all(paths.map((path) => machine.list(join(repo, path))));
      const empty = paths.filter((_, index) => (contents[index]?.length ?? 0) === 0);
      if (empty.length === 0) return pass(paths.join(', '));
      const argv = ['git', '-C', repo, 'submodule', 'update', '--init', '--recursive'] as const;
      return fail({
        seen: `the submodule ${empty.join(', ')} is empty`,
        why: 'desktop_env, the Python side of OSWorld, lives there.',
        fix: shellLine(argv),
        safeFix: commandFix(machine, argv),
      });
    }),
  },
  {
    id: 'repo.branch',
    link: 'repo',
    title: 'its branch has not diverged',
    needs: ['repo.clone'],
    run: inRepo(async ({ machine, signal }, repo) => {
      const argv = ['git', '-C', repo, 'rev-list', '--left-right', '--count', 'HEAD...@{upstream}'] as const;
      const { exitCode, stdout } = await machine.run([...argv], { signal });
      if (exitCode !== 0) return skip('its branch follows no other');
      const [ahead = 0, behind = 0] = stdout.trim().split(/\s+/).map(Number);
      if (ahead === 0 || behind === 0)
        return pass(behind > 0 ? `${behind} commits behind` : 'up to date, as last fetched');
      return warn({
        seen: `${repo} has ${ahead} commits of its own and lacks ${behind}`,
        why: 'A plain `git pull` stops with "divergent branches".',
        fix: `git -C ${shellQuote(repo)} pull --rebase`,
      });
    }),
  },
  {
    id: 'repo.venv',
    link: 'repo',
    title: 'it has a venv',
    needs: ['repo.clone'],
    run: inRepo(async ({ machine }, repo) => {
      const python = await findPython(machine, repo);
      if (python !== null) return pass(python);
      return fail({
        seen: `none of ${VENV_NAMES.join(', ')} in ${repo} has a bin/python`,
        why: 'The Python env server needs its packages.',
        fix: `cd ${shellQuote(repo)} && python3 -m venv .venv && .venv/bin/pip install -r requirements.txt uvicorn docker`,
      });
    }),
  },
  {
    id: 'repo.python',
    link: 'repo',
    title: "the venv's Python is new enough",
    needs: ['repo.venv'],
    run: inRepo(async ({ machine, signal }, repo) => {
      const python = (await findPython(machine, repo)) ?? 'python3';
      const { stdout, stderr, exitCode } = await machine.run([python, '-V'], { signal });
      const version = /Python (\d+)\.(\d+)\S*/.exec(stdout + stderr);
      const fix = `rm -r ${python.replace(/\/bin\/python$/, '')} and make it again with a current one: python3.12 -m venv …`;
      const why = 'OSWorld needs Python 3.10 or newer.';
      if (!version) return fail({ seen: `${python} does not run (exit code ${exitCode})`, why, fix });
      const [text, major, minor] = version;
      if (Number(major) === 3 && Number(minor) >= 10) return pass(text);
      return fail({ seen: `${python} is ${text}`, why, fix });
    }),
  },
  {
    id: 'repo.modules',
    link: 'repo',
    title: 'its modules can be imported',
    needs: ['repo.python', 'repo.submodules'],
    limitMs: 10_000,
    run: inRepo(async ({ machine, signal }, repo) => {
      const python = (await findPython(machine, repo)) ?? 'python3';
      const look = `import importlib.util,sys; sys.path[:0]=[${JSON.stringify(repo)},${JSON.stringify(join(repo, 'OSWorld'))}]; print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n) is None])`;
      const { exitCode, stdout, stderr } = await machine.run([python, '-c', look, ...MODULES], {
        signal,
        timeoutMs: 9000,
      });
      const why = 'The Python env server ends at its first import, or answers 503 ("pip install docker").';
      if (exitCode !== 0) {
        const words = stderr.trim().split('\n').at(-1) ?? 'it did not answer';
        return fail({
          seen: `${python}: ${words}`,
          why,
          fix: `${shellQuote(python)} -m pip install -r ${shellQuote(`${repo}/requirements.txt`)}`,
        });
      }
      const missing = stdout.trim().split(' ').filter(Boolean);
      if (missing.length === 0) return pass(MODULES.join(', '));
      const packages = missing
        .map((name) => (name === 'desktop_env' ? `-e ${repo}/OSWorld` : name))
        .join(' ');
      return fail({
        seen: `${python} lacks ${missing.join(', ')}`,
        why,
        fix: `${python} -m pip install ${packages}`,
      });
    }),
  },
];

function inRepo(run: (context: CheckContext, repo: string) => Promise<Finding>): Check['run'] {
  return async (context) => {
    const { server } = context.config;
    if (server.engine !== 'uvicorn' && server.repo === undefined)
      return skip('the native env server needs no clone');
    if (server.repo === undefined) {
      return fail({
        seen: 'server.engine is uvicorn, and server.repo is not set',
        why: 'The Python env server runs from its clone.',
        fix: 'set server.repo, or --repo ~/arpo_remote_env',
      });
    }
    return run(context, server.repo);
  };
}

async function findPython(machine: HostFiles, repo: string): Promise<string | null> {
  const candidates = VENV_NAMES.map((name) => join(repo, name, 'bin/python'));
  const found = await Promise.all(candidates.map((path) => machine.stat(path)));
  return candidates.find((_, index) => found[index] !== null) ?? null;
}
