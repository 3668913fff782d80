/** Docker Engine: from Docker's apt repository (docs.docker.com/engine/install), the distribution's, or as it is. */
import { join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { explainApt, installPackages } from '../apt.js';
import { asRoot, asUser, type Command, writeFile } from '../command.js';
import { query, readIfThere } from '../query.js';
import { cacheFolder, type SetupContext, type Step } from '../step.js';

const KEYRING = '/etc/apt/keyrings/docker.asc';
const SOURCE_LIST = '/etc/apt/sources.list.d/docker.list';
const DOCKER_PACKAGES = [
  'docker-ce',
  'docker-ce-cli',
  'containerd.io',
  'docker-buildx-plugin',
  'docker-compose-plugin',
];

export const dockerEngine: Step = {
  id: 'docker',
  title: 'Docker Engine',
  needs: ['packages'],
  dockerOnly: true,
  async inspect(context) {
    const { settings } = context;
    const client = await query(context, asUser(['docker', '--version']));
    const daemon = await query(context, asUser(['dockerd', '--version']));
    if (client.exitCode === 0 && daemon.exitCode === 0) return { state: 'done', note: daemon.stdout.trim() };
    const missing = client.exitCode === 0 ? 'dockerd' : 'docker';
    if (settings.dockerSource !== 'present') return { state: 'needed', why: `${missing} not installed` };
    throw new ArpoEnvError({
      code: 'E_SETUP_STEP',
      message: `Docker is to be left as it is, but there is no ${missing}`,
      fix: 'arpo-env setup-vm --docker-source docker (or distro)',
    });
  },
  async plan(context) {
    if (context.settings.dockerSource === 'distro' || context.settings.offline !== null) {
      return [...(await dropRepository(context)), ...(await installPackages(['docker.io'], context))];
    }
    return [...addRepository(context), ...(await installPackages(DOCKER_PACKAGES, context))];
  },
  explain(failure, context) {
    // curl(1): 22 is an HTTP error.
    if (failure.command.argv[0] !== 'curl' || failure.exitCode !== 22) return explainApt(failure);
    return {
      code: 'E_SETUP_STEP',
      message: `the key of Docker's repository cannot be downloaded: ${failure.lines.at(-1) ?? ''}`,
      fix: `correct setup.dockerAptUrl (${context.settings.dockerAptUrl}), or use --docker-source distro`,
    };
  },
};

/** One that an earlier run added and that had no engine for us would make every update of the lists fail. */
async function dropRepository(context: SetupContext): Promise<Command[]> {
  const text = await readIfThere(context, SOURCE_LIST);
  return text?.includes(`signed-by=${KEYRING}`) ? [asRoot(['rm', '--force', '--', SOURCE_LIST])] : [];
}

function addRepository(context: SetupContext): Command[] {
  const { settings, facts } = context;
  const { id, codename } = facts.distro;
  const architecture = facts.arch === 'x64' ? 'amd64' : 'arm64';
  const url = `${settings.dockerAptUrl}/${id}`;
  // Fetched by the user, installed by root: no download runs as root.
  const fetched = join(cacheFolder(context), 'docker.asc');
  return [
    asUser(
      [
        'curl',
        '--fail',
        '--silent',
        '--show-error',
        '--location',
        '--max-time',
        '60',
        '--create-dirs',
        '--output',
        fetched,
        `${url}/gpg`,
      ],
      {
        retry: { attempts: 3, finalExitCodes: [22] },
      },
    ),
    asRoot(['install', '-D', '-m', '0644', fetched, KEYRING]),
    writeFile(
      'root',
      SOURCE_LIST,
      `deb [arch=${architecture} signed-by=${KEYRING}] ${url} ${codename} stable\n`,
    ),
  ];
}
