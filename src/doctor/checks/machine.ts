/** What this machine is, against what the desktops need. */
import { traitsOf } from '../../providers/traits.js';
import { counted, formatBytes } from '../../ui/format.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { providerInUse, usesDocker } from './provider-in-use.js';

const NODE_NEEDED = [20, 19] as const;
/** Room for logs, screenshots and what tasks download. */
const FREE_NEEDED = 2e9;
/** Beyond this, signatures of AWS requests and timestamps in results go wrong (AWS allows 5 minutes). */
const SKEW_SECONDS = 60;

export const machineChecks: readonly Check[] = [
  {
    id: 'machine.node',
    link: 'machine',
    title: 'Node is new enough',
    roles: ['vm', 'laptop', 'ec2', 'cluster'],
    needs: [],
    run({ machine }) {
      const [major = 0, minor = 0] = machine.nodeVersion.split('.').map(Number);
      const [needed, neededMinor] = NODE_NEEDED;
      if (major > needed || (major === needed && minor >= neededMinor))
        return pass(`Node ${machine.nodeVersion}`);
      return fail({
        seen: `this is Node ${machine.nodeVersion}`,
        why: `arpo-env is made for Node ${needed}.${neededMinor} and newer.`,
        fix: 'install a current Node: https://nodejs.org/en/download, or nvm install 22',
      });
    },
  },
  {
    id: 'machine.os',
    link: 'machine',
    title: 'the system is one that desktops run on',
    needs: [],
    async run(context) {
      const { machine } = context;
      const docker = await usesDocker(context);
      if (machine.platform !== 'linux') {
        if (!docker) return pass(machine.platform);
        const seen = `Docker on ${machine.platform} runs in a VM of its own, without KVM`;
        return warn({
          seen,
          why: 'OSWorld’s guest boots there in 20 to 40 minutes, if at all.',
          fix: 'use a Linux VM with nested virtualization (arpo-env setup-vm --host VM), or --provider vmware',
        });
      }
      const text = (await machine.readText('/etc/os-release')) ?? '';
      const field = (name: string) => new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1] ?? '';
      const name = field('PRETTY_NAME') || 'an unknown Linux';
      const oldest: Record<string, number> = { ubuntu: 20.04, debian: 11 };
      const needed = oldest[field('ID')];
      if (needed === undefined) {
        const why =
          'setup-vm is made for Ubuntu and Debian; elsewhere you install Docker and Python yourself.';
        return warn({
          seen: `this is ${name}`,
          why,
          fix: 'nothing, if the checks below pass; else use Ubuntu 22.04',
        });
      }
      if (Number.parseFloat(field('VERSION_ID')) >= needed) return pass(name);
      return warn({
        seen: `this is ${name}`,
        why: 'Its packages are too old for a current Docker.',
        fix: 'sudo do-release-upgrade',
      });
    },
  },
  {
    id: 'machine.architecture',
    link: 'machine',
    title: "the processor can run the guest's code",
    needs: [],
    async run(context) {
      const { arch } = context.machine;
      if (!(await usesDocker(context))) return skip('only guests in Docker depend on it');
      if (arch === 'x64') return pass(arch);
      return warn({
        seen: `this is an ${arch} machine, and OSWorld's guest is x86-64`,
        why: 'It is emulated instruction by instruction: boots of an hour, and steps that time out.',
        fix: 'run the env server on an x86-64 machine; on a Mac with Apple silicon use --provider vmware',
      });
    },
  },
  {
    id: 'machine.cores',
    link: 'machine',
    title: 'there are enough cores',
    needs: [],
    async run(context) {
      const { cores } = context.machine;
      if (!(await usesDocker(context))) return skip('only guests in Docker depend on it');
      const { cpuCores } = context.config.providers.docker;
      if (cores >= 2 && cores >= cpuCores / 2) return pass(`${cores}, each guest is given ${cpuCores}`);
      return warn({
        seen: `${counted(cores, 'core')}, and each guest is given ${cpuCores}`,
        why: 'The guest waits for its own cores, and boots slowly.',
        fix: 'give the VM more cores, or each guest fewer: ARPO_ENV_PROVIDERS_DOCKER_CPU_CORES=2',
      });
    },
  },
  {
    id: 'machine.memory',
    link: 'machine',
    title: 'there is enough memory',
    needs: [],
    async run(context) {
      const { machine, config } = context;
      if (!(await usesDocker(context))) return skip('only guests in Docker depend on it');
      const desktops = config.server.envs + config.server.standby;
      const needed = config.providers.docker.ramSize * desktops;
      const seen = `${formatBytes(machine.memory)}, and ${counted(desktops, 'guest')} need ${formatBytes(needed)}`;
      if (machine.memory > needed) return pass(seen);
      return fail({
        seen,
        why: 'The kernel ends the guest when memory runs out, in the middle of an episode.',
        fix: 'give the VM more memory, or run fewer or smaller guests: --envs 1, ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE=2G',
      });
    },
  },
  {
    id: 'machine.disk',
    link: 'machine',
    title: 'there is room on the disk',
    needs: [],
    async run({ machine }) {
      const free = await machine.freeBytes(machine.user.home);
      if (free >= FREE_NEEDED) return pass(`${formatBytes(free)} free in ${machine.user.home}`);
      return fail({
        seen: `${formatBytes(free)} are free in ${machine.user.home}`,
        why: 'Logs, downloads of tasks and recordings no longer fit, and resets fail.',
        fix: `see what takes it: du -xh ${machine.user.home} | sort -h | tail -20`,
      });
    },
  },
  {
    id: 'machine.clock',
    link: 'machine',
    title: "this clock and the cluster's agree",
    needs: ['ssh.session'],
    limitMs: 20_000,
    async run({ looks, machine }) {
      const cluster = await looks.cluster();
      if (cluster.kind !== 'facts') return skip('no cluster to compare with');
      const { clockAhead } = cluster;
      if (Math.abs(clockAhead) <= SKEW_SECONDS) return pass(`${Math.abs(clockAhead)} s apart`);
      return warn({
        seen: `the cluster's clock is ${Math.abs(clockAhead)} s ${clockAhead > 0 ? 'ahead of' : 'behind'} this one`,
        why: 'Logs of both sides cannot be compared, and AWS refuses requests that are 5 minutes off.',
        fix: machine.platform === 'linux' ? 'sudo timedatectl set-ntp true' : 'sudo sntp -sS time.apple.com',
      });
    },
  },
  {
    id: 'machine.vmware-tools',
    link: 'machine',
    title: 'a VMware guest has its tools',
    needs: [],
    async run({ machine, signal }) {
      if (machine.platform !== 'linux') return skip('only a Linux guest has them');
      const vendor = (await machine.readText('/sys/class/dmi/id/sys_vendor')) ?? '';
      if (!/vmware/i.test(vendor)) return skip('this is not a VMware guest');
      const { exitCode, stdout } = await machine.run(['vmware-toolbox-cmd', '-v'], { signal });
      if (exitCode === 0) return pass(stdout.trim());
      return warn({
        seen: 'VMware Tools are not installed in this VM',
        why: 'Without them the clock drifts while the host sleeps, and its address cannot be asked for.',
        fix: 'sudo apt-get install -y open-vm-tools',
      });
    },
  },
  {
    id: 'machine.provider',
    link: 'machine',
    title: 'a provider is chosen',
    needs: [],
    async run(context) {
      const provider = await providerInUse(context);
      const { config, looks } = context;
      if (config.provider !== 'auto' || !traitsOf(provider).isSimulated) return pass(provider);
      const auto = await looks.autoProvider();
      if (!traitsOf(auto.name).isSimulated) {
        return warn({
          seen: `the env server that runs has practice desktops, and auto would now take ${auto.name}`,
          why: 'Episodes on practice desktops are good for a trial and not for training.',
          fix: `arpo-env stop && arpo-env serve --detach; or say that you mean them: PROVIDER=sim`,
        });
      }
      return warn({
        seen: `provider auto is sim: ${auto.why}`,
        why: 'Episodes are then played on practice desktops, which is good for a trial and not for training.',
        fix: 'see what is missing for docker: PROVIDER=docker arpo-env doctor; or say that you mean it: PROVIDER=sim',
      });
    },
  },
];
