/** What desktops on this machine's own X displays are made of: programs from apt, and the desktop's Python. */
import { makingDesktopPython, newDesktopPythonFolder } from '../../guest/x11/desktop-python.js';
import { describeMissing, missingX11Programs, type X11Program } from '../../guest/x11/requirements.js';
import { explainApt, installPackages } from '../apt.js';
import { asUser, type Command, HOUR_MS } from '../command.js';
import { indexVariables, PIP_RETRY, pipSources } from '../pip.js';
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
      const missing = await lookUp();
      const lacksPython = missing.some(({ debianPackage }) => debianPackage === undefined);
      const packages = new Set(missing.flatMap(({ debianPackage = 'python3-venv' }) => [debianPackage]));
      return [
        ...(await installPackages([...packages], context)),
        ...(lacksPython ? makePython(context) : []),
      ];
    },
    explain: explainApt,
  };
}

async function missingHere(): Promise<X11Program[]> {
  const { required, optional } = await missingX11Programs({ sandbox: true });
  return [...required, ...optional];
}

function makePython(context: SetupContext): Command[] {
  return makingDesktopPython(newDesktopPythonFolder()).map((argv) =>
    argv.includes('pip')
      ? asUser([...argv, ...pipSources(context)], {
          env: indexVariables(context),
          retry: PIP_RETRY,
          limitMs: HOUR_MS,
        })
      : asUser(argv),
  );
}
