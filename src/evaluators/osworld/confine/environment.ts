/** What a worker learns of the environment variables of whoever starts it: nothing that is secret, and no proxy. */

/** Where its programs are looked up, and those that make its sandbox. */
export const WORKER_PATH = '/usr/local/bin:/usr/bin:/bin';
/** They decide how it reads and writes dates and texts. */
const PASSED = ['TZ', 'LANG', 'LC_ALL'];
/** As many as help one metric: a pool of threads for each core costs more than it brings when several workers run. */
const THREADS = '2';

/** `home`: also the folder of its temporary files. */
export function workerEnvironment(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const passed = PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return {
    LANG: 'C.UTF-8',
    ...Object.fromEntries(passed),
    PATH: WORKER_PATH,
    HOME: home,
    TMPDIR: home,
    PYTHONDONTWRITEBYTECODE: '1',
    OMP_NUM_THREADS: THREADS,
    OPENBLAS_NUM_THREADS: THREADS,
  };
}
