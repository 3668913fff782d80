/** The program: names the commands and loads each one only when it is called, so that `--help` is instant. */
import { Command, CommanderError } from 'commander';
import type { CommandDefinition } from './commands/command.js';
import { toArpoEnvError } from './errors.js';
import { packageVersion } from './lib/package.js';

interface Entry {
  name: string;
  /** Heading of the help under which it stands. */
  group: string;
  summary: string;
  load(): Promise<{ default: CommandDefinition }>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'demo',
    group: 'Get started:',
    summary: 'one real episode through a real SSH tunnel, all on this machine',
    load: () => import('./commands/demo.js'),
  },
  {
    name: 'init',
    group: 'Get started:',
    summary: 'write a commented config file',
    load: () => import('./commands/init.js'),
  },
  {
    name: 'setup-vm',
    group: 'Get started:',
    summary: 'make this Ubuntu or Debian machine, or another one over SSH, an env machine',
    load: () => import('./commands/setup-vm.js'),
  },
  {
    name: 'serve',
    group: 'Run:',
    summary: 'run the env server',
    load: () => import('./commands/serve.js'),
  },
  {
    name: 'tunnel',
    group: 'Run:',
    summary: 'keep the reverse forward to the cluster up',
    load: () => import('./commands/tunnel.js'),
  },
  {
    name: 'prewarm',
    group: 'Run:',
    summary: 'boot an env before training needs it, and watch it',
    load: () => import('./commands/prewarm.js'),
  },
  {
    name: 'service',
    group: 'Run:',
    summary: 'serve or tunnel as a service of systemd or launchd',
    load: () => import('./commands/service.js'),
  },
  {
    name: 'tasks',
    group: 'Manage:',
    summary: 'whether tasks can be set up and scored here',
    load: () => import('./commands/tasks.js'),
  },
  {
    name: 'doctor',
    group: 'Manage:',
    summary: 'the first broken link between desktop and trainer, with its fix',
    load: () => import('./commands/doctor.js'),
  },
  {
    name: 'status',
    group: 'Manage:',
    summary: 'what runs on this machine',
    load: () => import('./commands/status.js'),
  },
  {
    name: 'logs',
    group: 'Manage:',
    summary: 'the log of what runs in the background',
    load: () => import('./commands/logs.js'),
  },
  {
    name: 'stop',
    group: 'Manage:',
    summary: 'stop what runs on this machine',
    load: () => import('./commands/stop.js'),
  },
  {
    name: 'config',
    group: 'Manage:',
    summary: 'show the config and where each value came from',
    load: () => import('./commands/config.js'),
  },
  {
    name: 'evaluators',
    group: 'Get started:',
    summary: "OSWorld's own evaluators, in a Python environment of ours",
    load: () => import('./commands/evaluators.js'),
  },
  {
    name: 'image',
    group: 'Desktops:',
    summary: "download a provider's desktop image, or build the one that needs no VM",
    load: () => import('./commands/image.js'),
  },
  {
    name: 'guest',
    group: 'Desktops:',
    summary: 'run the guest agent here, as a desktop',
    load: () => import('./commands/guest.js'),
  },
];

/** Runs one command line; sets `process.exitCode` and never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  outliveReaders();
  const line = helpAsFlag(argv.slice(2));
  const program = await createProgram(line);
  try {
    if (line.length === 0) program.help({ error: true });
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return tellBare(error, line.includes('--json'));
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    // Wrong usage without a word about it: commander has shown the help of a group instead.
    if (error.exitCode === 0 || error.code === 'commander.help') return;
    const [{ Console }, { usageProblem }] = await Promise.all([
      import('./ui/console.js'),
      import('./commands/usage.js'),
    ]);
    const options = { json: line.includes('--json'), color: !line.includes('--no-color') };
    new Console(options).error(usageProblem(error, program, line));
  }
}

/** What went wrong before a command of ours was there to tell it, most often the files that it is loaded from. */
function tellBare(error: unknown, json: boolean): void {
  const problem = toArpoEnvError(error).toJSON();
  process.exitCode = 1;
  if (json) process.stdout.write(`${JSON.stringify({ error: problem })}\n`);
  else process.stderr.write(`✗ ${problem.message}\n→ ${problem.fix}\n`);
}

/** `help serve` must load serve's options first, as `serve --help` does; the help of an unknown command is an error. */
function helpAsFlag(args: readonly string[]): readonly string[] {
  const line = args[0] === 'help' && args[1] ? [...args.slice(1), '--help'] : args;
  const known = ['help', ...COMMANDS.map(({ name }) => name)];
  if (line[0] === undefined || line[0].startsWith('-') || known.includes(line[0])) return line;
  return line.filter((word) => word !== '--help' && word !== '-h');
}

/**
 * `arpo-env logs | head` ends the reader first, and a file may find no more room: neither may end us in the middle of
 * cleaning up. A result that is lost is said, and the exit code of a command that ends by itself is then 1.
 */
function outliveReaders(): void {
  process.stderr.on('error', () => undefined); // there is nowhere left to say it
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || lostOutput) return;
    lostOutput = true;
    process.stderr.write(
      `✗ the result cannot be written to stdout: ${error.message}\n→ free some space: df -h\n`,
    );
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
  });
}

let lostOutput = false;

async function createProgram(line: readonly string[]): Promise<Command> {
  const [{ GLOBAL_OPTIONS }, { HELP_STYLE }] = await Promise.all([
    import('./commands/command.js'),
    import('./commands/usage.js'),
  ]);
  const program = new Command('arpo-env')
    .description('OSWorld desktops here, GPUs there, one URL between them.')
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureHelp(HELP_STYLE)
    .configureOutput({ outputError: () => {} }); // `main` says it, with --json as a document
  for (const option of GLOBAL_OPTIONS) program.addOption(option);
  for (const { name, group, summary } of COMMANDS) {
    const command = program.command(name).summary(summary).description(summary);
    command.copyInheritedSettings(program).helpGroup(group);
  }
  program.hook('preSubcommand', async (_program, subcommand) => {
    const entry = COMMANDS.find(({ name }) => name === subcommand.name());
    const definition = (await entry?.load())?.default;
    if (line.some((word) => word === '--help' || word === '-h')) await definition?.explain();
    definition?.configure(subcommand);
  });
  program.addHelpText('after', '\nStart here:\n  $ arpo-env demo\n  $ arpo-env serve --help');
  return program;
}
