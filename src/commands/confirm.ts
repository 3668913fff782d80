/** A yes that a command needs before it changes what cannot be had back. */
import type { CommandContext } from './command.js';

/** `yes`: it was given with the command. `command`: to be run again. Throws E_USAGE where nobody can be asked, E_INTERRUPTED for a no. */
export async function confirm(
  { console, signal }: Pick<CommandContext, 'console' | 'signal'>,
  yes: boolean,
  text: string,
  command: string,
): Promise<void> {
  if (yes) return console.info(text.replace(/\?$/, ''));
  const { ArpoEnvError } = await import('../errors.js');
  if (!console.canAsk) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `this needs a yes, and there is no terminal to ask at: ${text}`,
      fix: `${command} --yes`,
    });
  }
  const { askAtTerminal } = await import('../ui/ask.js');
  const answer = await askAtTerminal({ text: `${text} [y/N] `, echo: true }, signal);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return;
  throw new ArpoEnvError({ code: 'E_INTERRUPTED', message: 'nothing was changed', fix: `${command} --yes` });
}
