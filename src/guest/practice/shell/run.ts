/** Runs shell text and commands over the files in memory. */
import { FileError } from '../../file-error.js';
import { expandFields, expandText } from './expand.js';
import { parseScript } from './parse.js';
import { redirect, type Streams } from './redirect.js';
import { type CommandIo, commandName, type ShellHost, type ShellState, UsageError } from './shell.js';
import {
  type Script,
  type ScriptItem,
  ShellSyntaxError,
  type SimpleCommand,
  type Subshell,
} from './syntax.js';

const COMMAND_NOT_FOUND = 127;

/** Runs shell text to its end; a syntax error is status 2. */
export async function runShellText(
  text: string,
  shell: ShellState,
  host: ShellHost,
  streams: Streams,
): Promise<number> {
  try {
    return await runScript(parseScript(text), shell, host, streams);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    streams.err(Buffer.from(`${shell.name}: ${error.message}\n`));
    shell.status = 2;
    return shell.status;
  }
}

/** Runs one command without a shell around it; null when there is none of this name. */
export async function runCommand(
  argv: readonly string[],
  shell: ShellState,
  host: ShellHost,
  streams: Streams,
): Promise<number | null> {
  const [name = '', ...args] = argv;
  const command = host.commands.get(commandName(name));
  if (!command) return null;
  const io: CommandIo = {
    name: commandName(name),
    args,
    stdin: streams.stdin,
    out: (data) => streams.out(Buffer.from(data)),
    err: (data) => streams.err(Buffer.from(data)),
    shell,
    host,
  };
  try {
    return await command(io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${io.name}: ${error.message}\n`);
      return 2;
    }
    if (!(error instanceof FileError)) throw error;
    io.err(`${io.name}: ${error.path}: ${error.reason}\n`);
    return 1;
  }
}

async function runScript(
  script: Script,
  shell: ShellState,
  host: ShellHost,
  streams: Streams,
): Promise<number> {
  for (const item of script) {
    if (shell.exited) break;
    if (item.when === 'success' && shell.status !== 0) continue;
    if (item.when === 'failure' && shell.status === 0) continue;
    const status = await runPipeline(item, shell, host, streams);
    shell.status = item.negated ? Number(status === 0) : status;
  }
  return shell.status;
}

async function runPipeline(
  item: ScriptItem,
  shell: ShellState,
  host: ShellHost,
  streams: Streams,
): Promise<number> {
  let { stdin } = streams;
  let status = 0;
  for (const [index, command] of item.pipeline.entries()) {
    const last = index === item.pipeline.length - 1;
    const piped: Buffer[] = [];
    const out = last ? streams.out : (data: Buffer) => void piped.push(data);
    // Only a command that stands alone acts on the shell itself: `cd` in a pipeline is a child's.
    const own = item.pipeline.length === 1 ? shell : child(shell);
    status = await runStage(command, own, host, { stdin, out, err: streams.err });
    stdin = Buffer.concat(piped);
  }
  return status;
}

async function runStage(
  command: SimpleCommand | Subshell,
  shell: ShellState,
  host: ShellHost,
  streams: Streams,
): Promise<number> {
  const substitute = (script: Script) => captureOutput(script, shell, host, streams.err);
  try {
    const redirected = await redirect(command.redirects, shell, host, streams, substitute);
    if ('subshell' in command) return await runScript(command.subshell, child(shell), host, redirected);
    const values = new Map<string, string>();
    for (const { name, value } of command.assignments) {
      values.set(name, await expandText(value, { shell, files: host.files, substitute }));
    }
    const argv: string[] = [];
    for (const word of command.words) {
      argv.push(...(await expandFields(word, { shell, files: host.files, substitute })));
    }
    // Assignments before a command are for that command; alone they are the shell's.
    const scope = argv.length === 0 ? shell : scoped(shell, values);
    for (const [name, value] of values) scope.variables.set(name, value);
    if (argv.length === 0) return 0;
    const status = await runCommand(argv, scope, host, redirected);
    if (scope !== shell) Object.assign(shell, { cwd: scope.cwd, exited: scope.exited, status: scope.status });
    if (status !== null) return status;
    redirected.err(Buffer.from(notFound(shell.name, argv[0] ?? '')));
    return COMMAND_NOT_FOUND;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    streams.err(Buffer.from(`${shell.name}: ${error.path}: ${error.reason}\n`));
    return 1;
  }
}

function notFound(shell: string, command: string): string {
  return shell === 'sh' ? `sh: 1: ${command}: not found\n` : `${shell}: ${command}: command not found\n`;
}

function child(shell: ShellState): ShellState {
  return { ...shell, variables: new Map(shell.variables) };
}

/** The shell itself when there is nothing to add: then `export` and `cd` act on it. */
function scoped(shell: ShellState, values: ReadonlyMap<string, string>): ShellState {
  return values.size === 0 ? shell : child(shell);
}

async function captureOutput(
  script: Script,
  shell: ShellState,
  host: ShellHost,
  err: Streams['err'],
): Promise<string> {
  const chunks: Buffer[] = [];
  const own = child(shell);
  shell.status = await runScript(script, own, host, {
    stdin: Buffer.alloc(0),
    out: (data) => chunks.push(data),
    err,
  });
  return Buffer.concat(chunks).toString().replace(/\n+$/, '');
}
