/** What desktops on this machine's own X displays are made of: programs from apt, and the desktop's Python. */
import { type InstallCommand, installation } from '../../guest/x11/install.js';
import { describeMissing, missingX11Programs } from '../../guest/x11/requirements.js';
import type { X11Program } from '../../guest/x11/x11-program.js';
import { explainApt, installPackages } from '../apt.js';
import { type Command, HOUR_MS, NETWORK_RETRY } from '../command.js';
import { indexVariables, pipSources } from '../pip.js';
import type { Inspection, SetupContext, Step } from '../step.js';

/** `lookUp`: what is missing here. */
export function localDesktop(lookUp: () => Promise<X11Program[]> = missingHere): Step {
  return {
    id: 'local-desktop',
    title: 'Programs of local desktops',
    needs: ['packages'],
    async inspect({ settings }): Promise<Inspection> {
      if (!settings.usesXDisplay) {
        return {
          state: 'not-applicable',
          why: `desktops come from ${settings.provider}, not from an X display here`,
        };
      }
      const missing = await lookUp();
      if (missing.length > 0) return { state: 'needed', why: `${describeMissing(missing)} not installed` };
      return { state: 'done', note: 'programs and Python packages installed' };
    },
    async plan(context) {
      const { facts, settings } = context;
      const { before, prepare, packages, python } = installation(await lookUp(), {
        isRoot: facts.user.uid === 0,
        distribution: facts.distro.id,
        arch: facts.arch,
        home: facts.user.home,
      });
      // What was brought along is installed all at once.
      const isOnline = settings.offline === null;
      return [
        ...(isOnline && before.length > 0 ? await installPackages(before, context) : []),
        ...(isOnline
          ? prepare.map(({ argv, as }): Command => ({ argv, as, retry: NETWORK_RETRY, limitMs: HOUR_MS }))
          : []),
        ...(await installPackages(packages, context)),
        ...python.map((command) => pythonCommand(command, context)),
      ];
    },
    explain: explainApt,
  };
}

async function missingHere(): Promise<X11Program[]> {
  const { required, optional } = await missingX11Programs({ sandbox: true });
  return [...required, ...optional];
}

function pythonCommand({ argv, as }: InstallCommand, context: SetupContext): Command {
  if (!argv.includes('pip')) return { argv, as };
  return {
    argv: [...argv, ...pipSources(context)],
    as,
    env: indexVariables(context),
    retry: NETWORK_RETRY,
    limitMs: HOUR_MS,
  };
}
