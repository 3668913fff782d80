import { expect, test } from 'vitest';
import { type SandboxPlan, sandboxCommand } from '../../../../src/evaluators/osworld/confine/command.js';
import { workerEnvironment } from '../../../../src/evaluators/osworld/confine/environment.js';

const PLAN: SandboxPlan = {
  ...{ uid: null, memory: 1000, program: ['/venv/bin/python', 'worker.py'] },
  mounts: [{ source: '/real/venv', target: '/venv' }],
  links: [{ path: '/bin/python3', target: 'python3.11' }],
};

test('its program comes last, and what it may write to has a size where bubblewrap can give it one', async () => {
  const { argv, texts } = await sandboxCommand(PLAN);
  expect(argv.slice(-3)).toEqual(['--', '/venv/bin/python', 'worker.py']);
  const line = argv.join(' ');
  expect(line).toContain('--ro-bind /real/venv /venv');
  expect(line).toContain('--symlink python3.11 /bin/python3');
  expect(line).toContain('--size 900 --tmpfs /tmp');
  expect(line).not.toMatch(/ --bind /);
  // One descriptor for each text that is promised.
  const promised = argv.flatMap((word, index) =>
    /^--(seccomp|ro-bind-data)$/.test(word) ? [Number(argv[index + 1])] : [],
  );
  expect(promised).toEqual(texts.map((_, index) => 5 + index));
  const unsized = (await sandboxCommand({ ...PLAN, memory: null })).argv;
  expect(unsized).toEqual(argv.filter((word, index) => word !== '--size' && argv[index - 1] !== '--size'));
});

test('root’s is another user’s, who is shown what root alone can reach', async () => {
  const { argv } = await sandboxCommand({ ...PLAN, uid: 61_200 });
  const line = argv.join(' ');
  expect(argv[0]).toBe('unshare');
  expect(line).toContain('--reuid=61200 --regid=61200 --clear-groups');
  expect(line).toContain('--ro-bind /mnt/0 /venv');
});

test('of the environment a worker learns how dates and texts are written, and no secrets', () => {
  const env = {
    TZ: 'Asia/Tokyo',
    LANG: 'de_DE.UTF-8',
    HTTPS_PROXY: 'http://x',
    ARPO_ENV_TOKEN: 'x',
    HOME: '/home/me',
    PATH: '/home/me/bin',
  };
  expect(workerEnvironment(env, '/tmp')).toEqual({
    ...{
      TZ: 'Asia/Tokyo',
      LANG: 'de_DE.UTF-8',
      HOME: '/tmp',
      TMPDIR: '/tmp',
      PATH: '/usr/local/bin:/usr/bin:/bin',
    },
    ...{ PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2' },
  });
});
