/** One machine on which each step is broken in its turn, fixed as the printed words say, and gone on from. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContentServer, IMAGE, startContentServer } from './fixtures/setup-vm/content-server.js';
import { describeMachines, HOST, type Machine, startMachine } from './fixtures/setup-vm/machine.js';
import { failedSetup, makeRepositories, runSetup, writeConfig } from './fixtures/setup-vm/prepare.js';

const MINUTES = 60_000;

interface Fault {
  step: string;
  /** As root, on the machine. */
  break?: string;
  /** Below `setup:`, while it is broken. */
  settings?: Record<string, string>;
  image?: string;
  what: string;
  fix: string;
  repair?: string;
}

/** In the order of the steps: each leaves the machine so that the next can break. */
const FAULTS: readonly Fault[] = [
  {
    step: 'preflight',
    break: 'touch /run/.containerenv',
    what: 'this is a container (podman), which runs no Docker Engine and no services of its own',
    fix: 'arpo-env setup-vm --host vm.example',
    repair: 'rm /run/.containerenv',
  },
  {
    step: 'packages',
    break: 'mv /etc/apt/sources.list /root; rm -r /var/lib/apt/lists/*',
    what: 'no list of apt has the package',
    fix: 'sudo apt-get update says why',
    repair: 'mv /root/sources.list /etc/apt',
  },
  {
    // The firmware's words about a VM of VMware's.
    step: 'vmware-tools',
    break:
      'mount -t tmpfs none /sys/class; mkdir -p /sys/class/dmi/id; echo VMware, Inc. > /sys/class/dmi/id/sys_vendor; mv /etc/apt/sources.list /root; rm -r /var/lib/apt/lists/*',
    what: 'no list of apt has the package open-vm-tools',
    fix: 'sudo apt-get update says why',
    repair: 'mv /root/sources.list /etc/apt',
  },
  {
    // A processor that can and a kernel that does not.
    step: 'kvm',
    break:
      'sed "s/^flags.*:/& vmx/" /proc/cpuinfo > /run/cpuinfo; mount --bind /run/cpuinfo /proc/cpuinfo; umount /sys/class; mount -t tmpfs none /sys/module',
    what: 'the kernel does not load KVM',
    fix: 'switch nested virtualization on (Fusion: Settings → Processors & Memory → "hypervisor applications")',
    // What a reboot brings then: a device, which is not the user's yet.
    repair: 'umount /proc/cpuinfo /sys/module; mknod -m 660 /dev/kvm c 1 3; chgrp kvm /dev/kvm',
  },
  {
    step: 'docker',
    settings: { dockerSource: 'docker', dockerAptUrl: `http://${HOST}:1/linux` },
    what: 'Docker Engine: the network does not reach what is needed',
    fix: 'behind a proxy set http_proxy and https_proxy',
  },
  {
    step: 'docker-service',
    break:
      'systemctl stop docker.socket docker; cp /etc/docker/daemon.json /root; echo "{" > /etc/docker/daemon.json',
    what: 'the Docker daemon does not start',
    fix: 'sudo journalctl --unit docker --since -5min',
    repair: 'mv /root/daemon.json /etc/docker; systemctl reset-failed docker',
  },
  {
    step: 'docker-group',
    break: 'printf 1 > /etc/group.lock',
    what: 'sudo usermod --append --groups docker user ended with exit code 10',
    fix: 'fix what it says; then run the same command again: it resumes here',
    repair: 'rm /etc/group.lock',
  },
  {
    step: 'repo',
    break: 'mount -t tmpfs -o size=64k,uid=1000 small /mnt',
    settings: { repoDir: '/mnt/clone' },
    what: 'Repository: the disk is full',
    fix: 'free some space, or make the disk larger: df -h',
    repair: 'umount /mnt',
  },
  {
    step: 'python',
    settings: { pipIndexUrl: `http://${HOST}:1/simple` },
    what: `Python venv: pip takes no packages from ${HOST} over plain http`,
    fix: 'give setup.pipIndexUrl an https address',
  },
  {
    step: 'image',
    image: 'desktop:2',
    what: '/desktop:2',
    fix: 'name another one in the config (providers.docker.image)',
  },
  {
    step: 'container',
    break: 'mv /usr/sbin/runc /root; ln -s /bin/false /usr/sbin/runc',
    what: 'Docker cannot run a container',
    fix: 'docker info shows the storage driver and the cgroups',
    repair: 'mv /root/runc /usr/sbin/runc',
  },
  {
    step: 'qcow2',
    break: 'ln -s /srv /home/user/VMs',
    what: "Guest's disk: this user may not write /home/user/VMs/Ubuntu.qcow2.part",
    fix: "check the permissions: ls -ld '/home/user/VMs'",
    repair: 'rm /home/user/VMs',
  },
  {
    step: 'config',
    break:
      'mkdir /srv/configs; mv /home/user/arpo-env.config.yaml /srv/configs; ln -s /srv/configs /home/user/configs',
    what: 'Config file: this user may not do that',
    fix: 'ls -ld on the path above',
    repair: 'mv /srv/configs/arpo-env.config.yaml /home/user',
  },
  {
    step: 'services',
    break: 'systemd-run --unit=other python3 -m http.server --bind 127.0.0.1 18082',
    what: 'what answers at http://127.0.0.1:18082/health is not an env server',
    fix: "see what it is and end it: sudo ss -ltnp 'sport = :18082'",
    repair: 'systemctl stop other; systemctl reset-failed arpo-env-serve',
  },
];

describeMachines('setup-vm, each step broken once', () => {
  let content: ContentServer;
  let machine: Machine;
  beforeAll(async () => {
    content = await startContentServer();
    machine = await startMachine('steps');
    await makeRepositories(machine);
    await writeConfig(machine, content);
  }, 5 * MINUTES);
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await content?.[Symbol.asyncDispose]();
  });

  describe.each(FAULTS)('$step', ({ step, break: breaking = 'true', repair = 'true', ...fault }) => {
    it(
      'says what is wrong, and goes on when it is fixed',
      async () => {
        if (fault.settings !== undefined) await writeConfig(machine, content, fault.settings);
        if (fault.image !== undefined)
          await machine.as('user', `sed -i s#${IMAGE}#${fault.image}# arpo-env.config.yaml`);
        await machine.as('root', breaking);
        const config = step === 'config' ? '--config configs/arpo-env.config.yaml ' : '';
        const seen = await failedSetup(machine, `${config}--only ${step}`);
        await machine.as('root', repair);
        if (fault.settings !== undefined || fault.image !== undefined) await writeConfig(machine, content);
        expect(seen).toEqual({
          exitCode: 1,
          what: expect.stringContaining(fault.what),
          fix: expect.stringContaining(fault.fix),
        });
        const { exitCode, stdout, stderr } = await runSetup(machine, `--only ${step}`);
        expect({ exitCode, output: exitCode === 0 ? '' : stdout + stderr }).toEqual({
          exitCode: 0,
          output: '',
        });
      },
      5 * MINUTES,
    );
  });

  it('leaves a machine that is whole', async () => {
    const { exitCode, stdout } = await runSetup(machine, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ changed: 0, doctor: { verdict: { kind: 'warned' } } });
    const { stdout: seen } = await machine.as(
      'user',
      'id -nG | tr " " "\\n" | sort; dpkg-query --show --showformat "\\${Status}" open-vm-tools',
    );
    expect(seen).toBe('docker\nkvm\nuser\ninstall ok installed');
  });
});
