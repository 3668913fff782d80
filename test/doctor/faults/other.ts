import { TAGS } from '../../../src/aws/fleet.js';
import { group } from '../../support/fake-ec2.js';
import { ec2Error } from '../../support/fake-fleet.js';
import { health, httpLines, json } from '../answers.js';
import { OWNER, type World } from '../world.js';
import { closePort, type Fault, setProvider as provider } from './fault.js';
import { VMWARE_FAULTS } from './vmware.js';

const onTheCluster = (world: World) => {
  world.role = 'cluster';
};

const aws = (world: World, changes: object = {}) => {
  world.server = json(200, health({ provider: 'aws' }));
  world.cluster['probe.line'] = httpLines(200, health({ provider: 'aws' }));
  world.config = {
    ...world.config,
    provider: 'aws',
    providers: { aws: { region: 'us-east-1', subnetIds: 'subnet-1', securityGroupIds: 'sg-2', ...changes } },
  };
};

/** The provider is another one by now. */
const forget = (world: World, owner: string, expires: string) => {
  world.awsRegions = ['us-east-1'];
  world.fleet.instances.push({
    ...{ id: 'i-0456', state: 'running', stateReason: null, type: 't3.xlarge', zone: 'us-east-1a' },
    ...{ subnetId: 'subnet-1', market: 'on-demand', launchedAt: new Date('2026-11-21T08:00:00Z') },
    ...{ privateIp: '10.0.0.9', publicIp: null },
    tags: { [TAGS.owner]: owner, [TAGS.expires]: expires },
  });
};

const uvicorn = (world: World) => {
  world.config = { ...world.config, server: { engine: 'uvicorn', repo: '/repo' } };
  world.stats['/repo'] = { kind: 'folder', size: 0, mode: 0o755 };
  world.stats['/repo/.git'] = { kind: 'folder', size: 0, mode: 0o755 };
  world.stats['/repo/scripts/remote_env_server.py'] = { kind: 'file', size: 1, mode: 0o644 };
  world.stats['/repo/.venv/bin/python'] = { kind: 'file', size: 1, mode: 0o755 };
  world.files['/repo/.gitmodules'] = '[submodule "OSWorld"]\n\tpath = OSWorld\n';
  world.files['/repo/OSWorld/desktop_env/__init__.py'] = '';
  world.programs.git = () => ({ stdout: '0\t0\n' });
  world.programs['/repo/.venv/bin/python'] = (args) => ({
    stdout: args[0] === '-V' ? 'Python 3.11.7' : '\n',
  });
};

export const OTHER_FAULTS: readonly Fault[] = [
  {
    name: "the Python of OSWorld's evaluators is gone",
    check: 'evaluators.installed',
    break: (w) => {
      w.evaluators.installation.problems = [
        {
          code: 'E_EVALUATORS_INSTALL',
          message: '/data/evaluators/venv/bin/python does not run',
          fix: 'arpo-env evaluators install',
        },
      ];
    },
  },
  {
    name: "OSWorld's evaluators are of another version",
    check: 'evaluators.installed',
    break: (w) => {
      w.evaluators.outdated = ['numpy'];
    },
  },
  {
    name: "the engine is osworld, and OSWorld's evaluators are not installed",
    check: 'evaluators.installed',
    break: (w) => {
      w.config.evaluators = { engine: 'osworld' };
      w.evaluators.installed = null;
      w.evaluators.installation.problems = [
        {
          code: 'E_EVALUATORS_INSTALL',
          message: "OSWorld's evaluators are not installed in /data/evaluators",
          fix: 'arpo-env evaluators install',
        },
      ];
    },
  },
  {
    name: "aws: the desktops' subnet is not set",
    check: 'aws.settings',
    break: (w) => aws(w, { subnetIds: [] }),
  },
  {
    name: 'aws: there are no credentials',
    check: 'aws.credentials',
    break: (w) => {
      aws(w);
      w.ec2Error = Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      });
    },
  },
  {
    name: 'aws: RunInstances is denied',
    check: 'aws.permissions',
    break: (w) => {
      aws(w);
      w.ec2.mayRun = { denied: 'You are not authorized to perform this operation.' };
    },
  },
  {
    name: 'aws: the subnet does not exist',
    check: 'aws.desktop-network',
    break: (w) => {
      aws(w);
      w.ec2.desktopVpc = null;
    },
  },
  {
    name: 'aws: the desktops do not admit the server',
    check: 'aws.desktop-ports',
    break: (w) => {
      aws(w);
      w.ec2.desktopGroup = group('sg-2', [[22, '0.0.0.0/0']]);
    },
  },
  {
    name: 'aws: an instance is left that nobody prolongs',
    check: 'aws.forgotten',
    break: (w) => forget(w, OWNER, '2026-11-21T11:00:00.000Z'),
  },
  {
    name: "aws: an instance of another user's is left that nobody prolongs",
    check: 'aws.forgotten',
    break: (w) => forget(w, 'other@vm.example 0123456789ab', '2026-11-21T11:00:00.000Z'),
  },
  {
    name: 'aws: nobody can say whether instances are left',
    check: 'aws.forgotten',
    break: (w) => {
      w.awsRegions = ['eu-west-1'];
      w.fleet.fault = () => ec2Error('RequestLimitExceeded');
    },
  },
  ...VMWARE_FAULTS,
  {
    name: 'remote: the pool does not answer',
    check: 'remote.servers',
    break: (w) => provider(w, 'remote', { baseUrls: ['http://192.0.2.10:50003'], token: 'abc' }),
  },
  {
    name: 'remote: there is no token',
    check: 'remote.token',
    break: (w) => provider(w, 'remote', { baseUrls: ['http://192.0.2.10:15001'] }),
  },
  {
    name: 'local: there is no Xvfb',
    check: 'local.display',
    break: (w) => {
      provider(w, 'local', {});
      w.problems.push({
        code: 'E_PROVIDER_UNAVAILABLE',
        message: 'provider local lacks Xvfb (the X display)',
        fix: 'sudo apt-get install -y --no-install-recommends xvfb',
      });
    },
  },
  {
    name: 'cluster: the port leads to a server of another version',
    check: 'cluster.version',
    break: (w) => {
      onTheCluster(w);
      // Of another version, with other fields.
      w.cluster['probe.line'] = httpLines(200, { status: 'ok', version: '9.0.0', provider: 'docker' });
    },
  },
  {
    name: 'cluster: nothing listens on the port',
    check: 'tunnel.listener',
    break: (w) => {
      onTheCluster(w);
      closePort(w);
    },
  },
  {
    name: 'cluster: the tunnel finds no server',
    check: 'cluster.bad-gateway',
    break: (w) => {
      onTheCluster(w);
      w.cluster['probe.line'] = httpLines(502, {}, ['x-arpo-env-tunnel: local-down']);
    },
  },
  {
    name: 'auto takes practice desktops',
    check: 'machine.provider',
    break: (w) => {
      w.config = { ...w.config, provider: 'auto' };
      w.server = json(200, health({ provider: 'sim' }));
      w.cluster['probe.line'] = httpLines(200, health({ provider: 'sim' }));
    },
  },
  {
    name: 'uvicorn: the clone is missing',
    check: 'repo.clone',
    break: (w) => {
      w.config.server = { engine: 'uvicorn', repo: '/none' };
    },
  },
  {
    name: 'uvicorn: the submodules are empty',
    check: 'repo.submodules',
    break: (w) => {
      uvicorn(w);
      delete w.files['/repo/OSWorld/desktop_env/__init__.py'];
    },
  },
  {
    name: 'uvicorn: the branch has diverged',
    check: 'repo.branch',
    break: (w) => {
      uvicorn(w);
      w.programs.git = () => ({ stdout: '2\t3\n' });
    },
  },
  {
    name: 'uvicorn: there is no venv',
    check: 'repo.venv',
    break: (w) => {
      uvicorn(w);
      delete w.stats['/repo/.venv/bin/python'];
    },
  },
  {
    name: 'uvicorn: Python is too old',
    check: 'repo.python',
    break: (w) => {
      uvicorn(w);
      w.programs['/repo/.venv/bin/python'] = () => ({ stdout: 'Python 3.8.10' });
    },
  },
  {
    name: 'uvicorn: a module is missing',
    check: 'repo.modules',
    break: (w) => {
      uvicorn(w);
      w.programs['/repo/.venv/bin/python'] = (args) => ({
        stdout: args[0] === '-V' ? 'Python 3.11.7' : 'docker\n',
      });
    },
  },
];
