/** The examples of docs/, as they stand there: each plays an episode of `serve --provider sim`, or serves itself. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { example, STRICT } from '../support/doc-examples.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const PYTHON = file('.e2e-venv/bin/python');
const SAID = "'Thought: it cannot be done\\nAction: call_user()'";

async function serving<T>(work: (url: string, sandbox: CliSandbox) => Promise<T>): Promise<T> {
  await using sandbox = new CliSandbox();
  const server = sandbox.start([
    'serve',
    '--provider',
    'sim',
    '--port',
    '0',
    '--envs',
    '2',
    '--max-steps',
    '3',
    '--json',
  ]);
  await server.readUntil(/\}\n/, 'stdout');
  const { url } = JSON.parse(server.stdout) as { url: string };
  return await work(url.replace(/\/$/, ''), sandbox);
}

describeWith('python3', 'the examples of docs/', () => {
  it('openenv.md', async () => {
    const { stdout } = await serving(async (url, sandbox) => {
      sandbox.folder.write('task.json', JSON.stringify(INFEASIBLE_TASK));
      const code = example('docs/openenv.md', 'python').replace('http://127.0.0.1:18082', url);
      const program = `def my_model(seen):\n    return ${SAID}\n${code}`;
      return await execa(PYTHON, ['-c', program], { cwd: sandbox.folder.path });
    });
    expect(stdout).toBe('score 1');
  });

  it('gymnasium.md', async () => {
    const { stdout } = await serving(async (url) => {
      const program = `${example('docs/gymnasium.md', 'python')}
from gymnasium.utils.env_checker import check_env
seen = []
def model(observation, info):
    seen.append([observation.shape, len(info["messages"])])
    return "Action: wait()" if len(seen) == 1 else ${SAID}
env = OSWorldEnv(${JSON.stringify(INFEASIBLE_TASK)}, "${url}/envs/1")
try:
    env.step("Action: wait()")
except RuntimeError as error:
    print(error)
print(play(env, model), seen)
env.reset()
for step in range(3):
    observation, reward, terminated, truncated, info = env.step("Action: wait()")
print(step, reward, terminated, truncated, env.render().shape)
env.reset()
print(env.step(${SAID})[1:4])
check_env(env)
`;
      return await execa(PYTHON, ['-c', program]);
    });
    expect(stdout.split('\n')).toEqual([
      'cannot step: env 1 has no episode yet — reset the env first, with a task_config',
      '1.0 [[(1080, 1920, 3), 3], [(1080, 1920, 3), 2]]',
      '2 0.0 False True (1080, 1920, 3)',
      '(1.0, True, False)',
    ]);
  });

  it('library.md', async () => {
    const folder = file('.test-results/library');
    await mkdir(folder, { recursive: true });
    try {
      const source = example('docs/library.md', 'ts');
      await writeFile(`${folder}/example.mts`, source);
      await writeFile(
        `${folder}/tsconfig.json`,
        JSON.stringify({ compilerOptions: STRICT, files: ['example.mts'] }),
      );
      const compiler = file('node_modules/typescript/bin/tsc');
      const checked = await execa(process.execPath, [compiler, '-p', folder], { reject: false });
      expect(checked.stdout).toBe('');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      });
      await writeFile(`${folder}/example.mjs`, outputText);
      const { stdout } = await execa(process.execPath, [`${folder}/example.mjs`], { cwd: folder });
      expect(stdout).toBe('score 1');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
