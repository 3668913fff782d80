/** OSWorld's placeholders in commands (guest-api.md §6): values of this desktop that a task's author cannot know. */
import type { SetupContext } from './step-kind.js';

/** `text` with `{CLIENT_PASSWORD}`, `{SCREEN_WIDTH}`, `{SCREEN_HEIGHT}` and their rounded-down `…_HALF`s filled in. */
export function fillPlaceholders(
  text: string,
  { clientPassword, screen }: Pick<SetupContext, 'clientPassword' | 'screen'>,
): string {
  const values = new Map([
    ['CLIENT_PASSWORD', clientPassword],
    ['SCREEN_WIDTH', String(screen.width)],
    ['SCREEN_HEIGHT', String(screen.height)],
    ['SCREEN_WIDTH_HALF', String(Math.floor(screen.width / 2))],
    ['SCREEN_HEIGHT_HALF', String(Math.floor(screen.height / 2))],
  ]);
  // One pass, so that a password with braces in it stays as it is. Any other {NAME} belongs to the command.
  return text.replace(/\{([A-Z_]+)\}/g, (written, name: string) => values.get(name) ?? written);
}

/** The reverse for what a person is shown: the guest's password as the placeholder it came from. */
export function hidePassword(text: string, { clientPassword }: Pick<SetupContext, 'clientPassword'>): string {
  return clientPassword === '' ? text : text.replaceAll(clientPassword, '{CLIENT_PASSWORD}');
}
