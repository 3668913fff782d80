/** Commands that act on the graphical session: gedit, gnome-terminal, xdg-open, wmctrl, gsettings and the like. */
import { FileError } from '../../../file-error.js';
import { GuestError } from '../../../machine.js';
import { findWindow } from '../../../window-match.js';
import type { Session } from '../../session.js';
import type { SettingKey } from '../../settings.js';
import type { DesktopWindow } from '../../surfaces/window.js';
import { type CommandIo, type ShellCommand, UsageError } from '../shell.js';
import { resolve } from './files.js';
import { needOperands, parseOptions } from './options.js';

export function desktopCommands(session: () => Session): Readonly<Record<string, ShellCommand>> {
  const editor: ShellCommand = (io) => {
    const { operands } = parseOptions(io, '');
    return show(io, () => {
      if (operands.length === 0) session().launch('editor');
      for (const path of operands) session().launch('editor', existing(io, path));
    });
  };
  return {
    gedit: editor,
    'gnome-text-editor': editor,
    'gnome-terminal': (io) => show(io, () => session().launch('terminal', terminalFolder(io))),
    nautilus: (io) => show(io, () => session().launch('files', folder(io, io.args[0] ?? '.'))),
    'gnome-control-center': (io) => show(io, () => session().launch('settings')),
    'xdg-open'(io) {
      needOperands(io.args, 1);
      return show(io, () => session().openWithApplication(resolve(io, io.args[0] ?? '')));
    },
    wmctrl: (io) => wmctrl(io, session()),
    gsettings: (io) => gsettings(io, session()),
  };
}

/** What the session refuses is the command's failure. */
function show(io: CommandIo, act: () => void): number {
  try {
    act();
    return 0;
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    io.err(`${io.name}: ${error.message}\n`);
    return 1;
  }
}

/** gedit opens a name that is no file yet as a new file of that name. */
function existing(io: CommandIo, path: string): string {
  const full = resolve(io, path);
  if (io.host.files.kind(full) === null) io.host.files.touch(full);
  return full;
}

function folder(io: CommandIo, path: string): string {
  const full = resolve(io, path);
  if (io.host.files.kind(full) !== 'directory')
    throw new FileError(io.host.files.kind(full) ? 'ENOTDIR' : 'ENOENT', path);
  return full;
}

function terminalFolder(io: CommandIo): string {
  const option = io.args.find((arg) => arg.startsWith('--working-directory='));
  if (io.args.length > (option ? 1 : 0))
    throw new UsageError('only --working-directory=FOLDER is supported here');
  return option ? folder(io, option.slice(option.indexOf('=') + 1)) : io.shell.cwd;
}

/** `-l`, `-lx`, `-a NAME`, `-c NAME`, with `-x` by class, `-F` exact and `-i` by window id. */
function wmctrl(io: CommandIo, session: Session): number {
  const { flags, operands } = parseOptions(io, 'lxFiac');
  if (flags.has('l')) {
    const windows = [...session.windows].sort((a, b) => a.id.localeCompare(b.id));
    for (const window of windows) io.out(`${windowLine(window, flags.has('x'))}\n`);
    return 0;
  }
  if (!flags.has('a') && !flags.has('c')) throw new UsageError('only -l, -a and -c are supported here');
  needOperands(operands, 1);
  const name = operands[0] ?? '';
  const window = flags.has('i')
    ? session.windows.find(({ id }) => Number(id) === Number(name))
    : findWindow(session.windows.map(named), name, { strict: flags.has('F'), byClass: flags.has('x') })
        ?.window;
  if (!window) {
    io.err(`Cannot find a window named ${name}\n`);
    return 1;
  }
  if (flags.has('a')) session.activate(window);
  else session.requestClose(window);
  return 0;
}

function named(window: DesktopWindow) {
  return { window, title: window.application.title(), wmClass: window.application.wmClass };
}

function windowLine({ id, application }: DesktopWindow, withClass: boolean): string {
  return `${id}  0 ${withClass ? `${application.wmClass.join('.')}  ` : ''}arpo-sim ${application.title()}`;
}

/** `get SCHEMA KEY` and `set SCHEMA KEY VALUE`, values as GVariant text. */
function gsettings(io: CommandIo, { settings }: Session): number {
  const [verb, schema = '', key = '', text = ''] = io.args;
  const setting: SettingKey = { schema, key };
  const value = settings.get(setting);
  if ((verb !== 'get' && verb !== 'set') || io.args.length !== (verb === 'get' ? 3 : 4)) {
    throw new UsageError('only `get SCHEMA KEY` and `set SCHEMA KEY VALUE` are supported here');
  }
  if (value === undefined) {
    io.err(settings.hasSchema(schema) ? `No such key “${key}”\n` : `No such schema “${schema}”\n`);
    return 1;
  }
  if (verb === 'get') {
    io.out(`${typeof value === 'string' ? `'${value}'` : value}\n`);
    return 0;
  }
  const given = typeof value === 'string' ? text.replace(/^'(.*)'$|^"(.*)"$/s, '$1$2') : parseBoolean(text);
  if (given === null || !settings.set(setting, given)) {
    io.err(`The provided value is not valid for the key: ${text}\n`);
    return 1;
  }
  return 0;
}

function parseBoolean(text: string): boolean | null {
  return text === 'true' ? true : text === 'false' ? false : null;
}
