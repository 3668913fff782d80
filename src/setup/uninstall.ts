/** `--uninstall`: takes away what setup-vm made of its own; the clone, the image and the disk only when they are named. */
import { join } from 'node:path';
import { newDesktopPythonFolder } from '../guest/x11/desktop-python.js';
import { SERVICE_KINDS, type ServiceKind } from '../runs/kinds.js';
import { logFiles } from '../runs/log-file.js';
import { stateFolder } from '../runs/state-folder.js';
import { asRoot, asUser, type Command, docker } from './command.js';
import { query, readIfThere } from './query.js';
import { LOG_NAME, type Session } from './session.js';
import { cacheFolder, type Inspection, type SetupContext, type Step } from './step.js';
import { isUntouched } from './steps/config-file.js';
import { PROXY_DROP_IN } from './steps/docker-service.js';
import { unitName } from './steps/services.js';

export const USER_DATA = ['repo', 'image', 'qcow2'] as const;
export type UserData = (typeof USER_DATA)[number];

/** Steps like any other: looked at, shown, applied, looked at again. */
export function uninstallSteps(named: readonly UserData[], env: NodeJS.ProcessEnv): Step[] {
  const steps = [...SERVICE_KINDS.map(removeUnit), removeProxy, removePython, removeConfig, removeState(env)];
  return [...steps, ...USER_DATA.filter((data) => named.includes(data)).map((data) => REMOVE_DATA[data])];
}

/** The session that undoes instead of setting up. */
export function uninstallSession(
  { context }: Session,
  named: readonly UserData[],
  env: NodeJS.ProcessEnv,
): Session {
  return { context, steps: uninstallSteps(named, env), unselected: [] };
}

function removal(
  id: string,
  title: string,
  present: (context: SetupContext) => Promise<string | null>,
  plan: (context: SetupContext) => Promise<Command[]>,
  otherwise = 'nothing is left of it',
): Step {
  return {
    id: `remove-${id}`,
    title,
    needs: [],
    async inspect(context): Promise<Inspection> {
      const what = await present(context);
      return what === null
        ? { state: 'done', note: otherwise }
        : { state: 'needed', why: `${what} is there` };
    },
    plan,
  };
}

function removeUnit(kind: ServiceKind): Step {
  const path = `/etc/systemd/system/${unitName(kind)}`;
  return removal(
    kind,
    `Remove service ${unitName(kind)}`,
    async ({ machine }) => ((await machine.exists(path)) ? path : null),
    async ({ facts }) => [
      ...(facts.systemd ? [asRoot(['systemctl', 'disable', '--now', unitName(kind)])] : []),
      asRoot(['rm', '--force', '--', path]),
      ...(facts.systemd ? [asRoot(['systemctl', 'daemon-reload'])] : []),
    ],
  );
}

const removeProxy = removal(
  'docker-proxy',
  "Remove Docker's proxy setting",
  async ({ machine }) => ((await machine.exists(PROXY_DROP_IN)) ? PROXY_DROP_IN : null),
  async ({ facts }) => [
    asRoot(['rm', '--force', '--', PROXY_DROP_IN]),
    ...(facts.systemd ? [asRoot(['systemctl', 'daemon-reload'])] : []),
  ],
);

const removePython = removal(
  'desktop-python',
  "Remove the desktop's Python",
  async ({ machine }) => ((await machine.exists(newDesktopPythonFolder())) ? newDesktopPythonFolder() : null),
  async () => [asUser(['rm', '--recursive', '--force', '--', newDesktopPythonFolder()])],
);

/** One that somebody has edited is theirs by now. */
const removeConfig = removal(
  'config',
  'Remove config file',
  async (context) => {
    const { configFile } = context.settings;
    return isUntouched((await readIfThere(context, configFile)) ?? '') ? configFile : null;
  },
  async ({ settings }) => [asUser(['rm', '--force', '--', settings.configFile])],
  'there is none that setup-vm wrote and nobody edited',
);

/** Older logs; the one of this very run stays. */
function removeState(env: NodeJS.ProcessEnv): Step {
  return removal(
    'state',
    'Remove state',
    async (context) => {
      if (await context.machine.exists(cacheFolder(context))) return cacheFolder(context);
      return (await logFiles(stateFolder(env).logs, LOG_NAME))[1] ?? null;
    },
    async (context) => [
      asUser([
        'rm',
        '--recursive',
        '--force',
        '--',
        cacheFolder(context),
        ...(await logFiles(stateFolder(env).logs, LOG_NAME)).slice(1),
      ]),
    ],
  );
}

const REMOVE_DATA: Record<UserData, Step> = {
  repo: removal(
    'repo',
    'Remove clone and venv',
    async ({ machine, settings: { repo } }) =>
      repo !== null && (await machine.exists(join(repo.dir, '.git'))) ? repo.dir : null,
    async ({ settings: { repo } }) =>
      repo === null ? [] : [asUser(['rm', '--recursive', '--force', '--', repo.dir])],
  ),
  image: removal(
    'image',
    'Remove desktop image',
    async (context) => {
      const { image } = context.settings;
      const found = await query(context, docker(['image', 'inspect', '--format', '{{.Id}}', image]));
      return found.exitCode === 0 ? image : null;
    },
    async ({ settings: { image } }) => [docker(['image', 'rm', image])],
  ),
  qcow2: removal(
    'qcow2',
    "Remove guest's disk",
    async ({ machine, settings: { qcow2 } }) => ((await machine.exists(qcow2.path)) ? qcow2.path : null),
    async ({ settings: { qcow2 } }) => [asUser(['rm', '--force', '--', qcow2.path, `${qcow2.path}.part`])],
  ),
};
