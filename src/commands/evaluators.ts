/** `arpo-env evaluators`: OSWorld's own evaluators, in a Python environment of ours. */
import type { InstallPlan } from '../evaluators/osworld/install/plan.js';
import type { InstallationStatus } from '../evaluators/osworld/status.js';
import { defineCommand, defineCommandGroup } from './command.js';
import { confirm } from './confirm.js';
import { fieldOption, option } from './option.js';

const install = defineCommand({
  description:
    "Install OSWorld's own evaluators: a virtual environment with the packages that they need, and their code. An installation that was interrupted goes on.",
  options: [
    option(
      '--set <set>',
      'core: what all but a few tasks need; all: also PyTorch, to read pictures, and librosa',
      {
        choices: ['core', 'all'],
        default: 'core',
      },
    ),
    option('--offline <folder>', 'take the packages from this folder of wheels; no network is used'),
    fieldOption('evaluators.indexUrl', '--index-url <url>', 'where Python packages come from'),
    option('--yes', 'without asking'),
    option('--requirements <file>', 'packages in place of those of the set', { hidden: true }),
  ],
  examples: [
    'arpo-env evaluators install',
    'arpo-env evaluators install --set all --yes',
    'arpo-env evaluators install --index-url https://pypi.example/simple',
    'arpo-env evaluators install --offline ./wheels',
  ],
  async run(context, { set, offline = null, yes = false, requirements = null, indexUrl }) {
    const { console, signal, loadConfig } = context;
    const [{ planInstallation }, { install: carryOut }, { localHost }] = await Promise.all([
      import('../evaluators/osworld/install/plan.js'),
      import('../evaluators/osworld/install/install.js'),
      import('../host/local/local-host.js'),
    ]);
    const { config } = await loadConfig();
    const machine = localHost(process.env);
    const request = { settings: config.evaluators, set, offline, requirements, machine, signal };
    const plan = await planInstallation(request);
    if (plan.nothingToDo) {
      console.document({ dir: plan.dir, set: plan.set, changed: false });
      console.result(`nothing to do: the set ${plan.set} is installed in ${plan.dir}`);
      return;
    }
    const again = await commandLine({
      '--set': set === 'core' ? null : set,
      '--offline': offline,
      '--index-url': indexUrl,
    });
    await confirm(context, yes, await question(plan), again);
    const progress = await console.progress(`installing the set ${plan.set} into ${plan.dir}`);
    try {
      const { warnings, ...outcome } = await carryOut(request, plan, (text) => progress.update(text));
      progress.succeed(`${outcome.packages} packages for Python ${outcome.python}`);
      for (const warning of warnings) console.warn(warning);
      console.document({ ...outcome, changed: true, warnings });
      console.result(`OSWorld's evaluators are installed in ${outcome.dir}`);
    } catch (error) {
      progress.stop();
      throw error;
    }
  },
});

const status = defineCommand({
  examples: ['arpo-env evaluators status', 'arpo-env evaluators status --json'],
  async run({ console, loadConfig }) {
    const { installationStatus } = await import('../evaluators/osworld/status.js');
    const { config } = await loadConfig();
    const found = await installationStatus(config.evaluators);
    const { installation, installed, bytes, outdated, tasks } = found;
    console.document({
      dir: installation.dir,
      set: installation.set,
      python: installed === null ? null : { path: installation.python, version: installed.python },
      osworld: { path: installation.osworld, version: installed?.osworld.version ?? null },
      packages: installed?.packages ?? {},
      bytes,
      outdated,
      tasks,
      problems: installation.problems,
    });
    for (const line of await statusLines(found)) console.result(line);
    for (const problem of console.json ? [] : installation.problems) console.error(problem);
    return installation.problems.length === 0 ? 0 : 3;
  },
});

const remove = defineCommand({
  options: [option('--yes', 'without asking')],
  examples: ['arpo-env evaluators remove', 'arpo-env evaluators remove --yes'],
  async run(context, { yes = false }) {
    const { console, loadConfig } = context;
    const [{ isOurs, removeInstallation }, { evaluatorsFolder }] = await Promise.all([
      import('../evaluators/osworld/install/folder.js'),
      import('../evaluators/osworld/installation.js'),
    ]);
    const { config } = await loadConfig();
    const dir = evaluatorsFolder(config.evaluators);
    if (!(await isOurs(dir))) {
      console.document({ dir, removed: false });
      console.result(`nothing to do: nothing of ours is in ${dir}`);
      return;
    }
    await confirm(context, yes, `Remove OSWorld's evaluators from ${dir}?`, 'arpo-env evaluators remove');
    await removeInstallation(dir);
    console.document({ dir, removed: true });
    console.result(`removed ${dir}`);
  },
});

export default defineCommandGroup({
  install: { summary: "install OSWorld's own evaluators", command: install },
  status: { summary: 'what is installed, and whether it works', command: status },
  remove: { summary: 'remove what was installed', command: remove },
});

async function question({ set, dir, missing, download, disk, toolchain }: InstallPlan): Promise<string> {
  const { counted, formatBytes } = await import('../ui/format.js');
  return `Install the set ${set} into ${dir} with ${toolchain.tool}: ${counted(missing, 'package')}, about ${formatBytes(download)} to download and ${formatBytes(disk)} on disk?`;
}

/** As it was given, for people to paste. */
async function commandLine(flags: Readonly<Record<string, string | null | undefined>>): Promise<string> {
  const [{ shellLine }, { maskCredentials }] = await Promise.all([
    import('../shell-words.js'),
    import('../config/mask.js'),
  ]);
  const words = Object.entries(flags).flatMap(([name, value]) => (value == null ? [] : [name, value]));
  return maskCredentials(shellLine(['arpo-env', 'evaluators', 'install', ...words]));
}

async function statusLines({
  installation,
  installed,
  bytes,
  outdated,
  tasks,
}: InstallationStatus): Promise<string[]> {
  const { counted, formatBytes } = await import('../ui/format.js');
  const { dir, python, osworld, packages } = installation;
  const environment = [
    `set ${installation.set}: ${counted(packages.size, 'package')}, ${formatBytes(bytes)} in ${dir}`,
    `Python ${installed?.python}: ${python ?? 'gone'}`,
    `OSWorld's code: ${osworld ?? 'gone'}`,
  ];
  const old = `of another version than this arpo-env wants: ${outdated.join(', ')}; arpo-env evaluators install`;
  return [
    ...(installed === null ? [] : environment),
    ...(outdated.length === 0 ? [] : [old]),
    `${tasks.scored} of OSWorld's ${tasks.total} tasks can be scored here`,
  ];
}
