/** Commands that act on the graphical session: gedit, xdg-open. */
import { GuestError } from '../../machine.js';
import type { Session } from '../session.js';
import { type Command, type CommandIo, needOperands, parseOptions, resolve } from './command.js';

export function desktopCommands(session: Session): Readonly<Record<string, Command>> {
  return {
    gedit(io) {
      const { operands } = parseOptions(io, '');
      return show(io, () => {
        if (operands.length === 0) session.newDocument();
        for (const path of operands) session.openFile(existing(io, path));
      });
    },

    'xdg-open'(io) {
      needOperands(io.args, 1);
      return show(io, () => session.openFile(resolve(io, io.args[0] ?? '')));
    },
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

/** gedit opens a name that is not a file yet as a new file of that name. */
function existing(io: CommandIo, path: string): string {
  const full = resolve(io, path);
  if (io.host.files.kind(full) === null) io.host.files.write(full, Buffer.alloc(0));
  return full;
}
