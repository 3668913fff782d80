/** The program: names the commands and loads each one only when it is called, so that `--help` is instant. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CommandDefinition } from './commands/command.js';

interface Entry {
  name: string;
  summary: string;
  load(): Promise<{ default: CommandDefinition }>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'demo',
    summary: 'one real episode through a real SSH tunnel, all on this machine',
    load: () => import('./commands/demo.js'),
  },
  { name: 'init', summary: 'write a commented config file', load: () => import('./commands/init.js') },
  {
    name: 'setup-vm',
    summary: 'make this Ubuntu or Debian machine, or another one over SSH, an env machine',
    load: () => import('./commands/setup-vm.js'),
  },
  { name: 'serve', summary: 'run the env server', load: () => import('./commands/serve.js') },
  {
    name: 'tunnel',
    summary: 'keep the reverse forward to the cluster up',
    load: () => import('./commands/tunnel.js'),
  },
  {
    name: 'prewarm',
    summary: 'boot an env before training needs it, and watch it',
    load: () => import('./commands/prewarm.js'),
  },
  {
    name: 'doctor',
    summary: 'the first broken link between desktop and trainer, with its mend',
    load: () => import('./commands/doctor.js'),
  },
  { name: 'status', summary: 'what runs on this machine', load: () => import('./commands/status.js') },
  {
    name: 'logs',
    summary: 'the log of what runs in the background',
    load: () => import('./commands/logs.js'),
  },
  { name: 'stop', summary: 'stop what runs on this machine', load: () => import('./commands/stop.js') },
  {
    name: 'service',
    summary: 'serve or tunnel as a service of systemd or launchd',
    load: () => import('./commands/service.js'),
  },
  {
    name: 'image',
    summary: 'build the desktop image that needs no VM',
    load: () => import('./commands/image.js'),
  },
  {
    name: 'guest',
    summary: 'be a desktop: run the guest agent here',
    load: () => import('./commands/guest.js'),
  },
  {
    name: 'config',
    summary: 'show the config and where each value came from',
    load: () => import('./commands/config.js'),
  },
];

/** Runs one command line; sets `process.exitCode` and never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  outliveReaders();
  const program = await createProgram();
  const args = argv.slice(2);
  // `help serve` must load serve's options first, as `serve --help` does.
  const line = args[0] === 'help' && args[1] ? [...args.slice(1), '--help'] : args;
  try {
    if (line.length === 0) program.help({ error: true });
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

/** `arpo-env logs | head` ends the reader first: that must not end us in the middle of cleaning up. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

async function createProgram(): Promise<Command> {
  const { GLOBAL_OPTIONS } = await import('./commands/command.js');
  const program = new Command('arpo-env')
    .description('OSWorld desktops here, GPUs there, one URL between them.')
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(usageError(text)) });
  for (const option of GLOBAL_OPTIONS) program.addOption(option);
  for (const { name, summary } of COMMANDS) {
    program.command(name).summary(summary).description(summary).copyInheritedSettings(program);
  }
  program.hook('preSubcommand', async (_program, subcommand) => {
    const entry = COMMANDS.find(({ name }) => name === subcommand.name());
    (await entry?.load())?.default.configure(subcommand);
  });
  program.addHelpText('after', '\nStart here:\n  $ arpo-env demo\n  $ arpo-env serve --help');
  return program;
}

/** commander's `error: …` in the voice of every other error. */
function usageError(text: string): string {
  const [message = '', ...suggestion] = text
    .trim()
    .replace(/^error: /, '')
    .split('\n');
  const hint = suggestion.join(' ').replace(/^\(|\)$/g, '') || 'see `arpo-env --help`';
  return `✗ ${message}\n→ ${hint}\n`;
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
