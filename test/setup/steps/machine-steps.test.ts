import { describe, expect, it } from 'vitest';
import type { MachineFacts } from '../../../src/setup/machine.js';
import { runCommand } from '../../../src/setup/run-command.js';
import type { Step } from '../../../src/setup/step.js';
import { dockerEngine } from '../../../src/setup/steps/docker-engine.js';
import { dockerGroup } from '../../../src/setup/steps/docker-group.js';
import { dockerService, proxyDropIn } from '../../../src/setup/steps/docker-service.js';
import { kvm } from '../../../src/setup/steps/kvm.js';
import { packages } from '../../../src/setup/steps/packages.js';
import { preflight } from '../../../src/setup/steps/preflight.js';
import { vmwareTools } from '../../../src/setup/steps/vmware-tools.js';
import { KVM_USABLE } from '../../support/fake-host.js';
import { FakeMachine, SILENT } from '../fake-machine.js';

const planOf = async (step: Step, machine: FakeMachine) =>
  (await step.plan(machine.context)).map(
    ({ argv, as }) => `${as === 'root' ? 'sudo ' : ''}${argv.join(' ')}`,
  );

describe('preflight', () => {
  it.each<[string, Partial<MachineFacts>]>([
    ['Ubuntu 20.04', { distro: { id: 'ubuntu', version: '20.04', codename: 'focal', name: 'Ubuntu 20.04' } }],
    ['Ubuntu 24.04', { distro: { id: 'ubuntu', version: '24.04', codename: 'noble', name: 'Ubuntu 24.04' } }],
    ['Debian 12', { distro: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian 12' } }],
    ['arm64', { arch: 'arm64' }],
    ['root by itself', { user: { name: 'root', uid: 0, home: '/root' } }],
  ])('takes %s', async (_title, facts) => {
    expect(await preflight.inspect(new FakeMachine({ facts }).context)).toMatchObject({ state: 'done' });
  });

  it.each<[string, Partial<MachineFacts>, string, string]>([
    [
      'a Mac',
      { platform: 'darwin' },
      'E_UNSUPPORTED_MACHINE',
      'this is darwin, and desktops need an Ubuntu or Debian machine',
    ],
    [
      'a container',
      { container: 'docker' },
      'E_UNSUPPORTED_MACHINE',
      'this is a container (docker), which runs no Docker Engine and no services of its own',
    ],
    [
      'Ubuntu 18.04',
      { distro: { id: 'ubuntu', version: '18.04', codename: 'bionic', name: 'Ubuntu 18.04 LTS' } },
      'E_UNSUPPORTED_MACHINE',
      'Ubuntu 18.04 LTS is not known to setup-vm',
    ],
    [
      'Debian unstable',
      { distro: { id: 'debian', version: '', codename: 'sid', name: 'Debian sid' } },
      'E_UNSUPPORTED_MACHINE',
      'Debian sid is not known to setup-vm',
    ],
    ['riscv64', { arch: 'riscv64' }, 'E_UNSUPPORTED_MACHINE', 'riscv64 is not known to setup-vm'],
    [
      '2 GB',
      { memoryBytes: 2e9 },
      'E_UNSUPPORTED_MACHINE',
      '2.0 GB RAM is not enough for a desktop, which takes 4 GB',
    ],
    ['one core', { cores: 1 }, 'E_UNSUPPORTED_MACHINE', '1 core is too little; a desktop needs 2'],
    ['sudo arpo-env', { sudoUser: 'user' }, 'E_USAGE', 'setup-vm was started with sudo'],
  ])('refuses %s', async (_title, facts, code, message) => {
    await expect(preflight.inspect(new FakeMachine({ facts }).context)).rejects.toMatchObject({
      code,
      message,
    });
  });

  it('refuses a full disk, and an offline folder that is not there', async () => {
    const machine = new FakeMachine();
    machine.freeSpace = 1e9;
    await expect(preflight.inspect(machine.context)).rejects.toMatchObject({ code: 'E_DISK_FULL' });
    const offline = new FakeMachine({ settings: { offline: '/media/stick' } });
    await expect(preflight.inspect(offline.context)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: '--offline /media/stick: there is no such folder',
    });
  });
});

describe('packages', () => {
  const installed = (...names: string[]) => ({
    exitCode: 1,
    stdout: names.map((name) => `${name} installed`).join('\n'),
  });

  it('asks for what is missing only, after a look at new lists', async () => {
    const machine = new FakeMachine({ settings: { repo: null } }).onQuery(
      /^dpkg-query/,
      installed('curl', 'ca-certificates'),
    );
    machine.onQuery(/^dpkg --audit/, {});
    expect(await packages.inspect(machine.context)).toEqual({ state: 'needed', why: 'unzip not installed' });
    expect(await planOf(packages, machine)).toEqual([
      'sudo apt-get -o DPkg::Lock::Timeout=600 update',
      'sudo apt-get -o DPkg::Lock::Timeout=600 install --yes --no-install-recommends unzip',
    ]);
  });

  it('does not take a removed package for an installed one', async () => {
    const stdout = 'curl config-files\nca-certificates installed\nunzip installed';
    const machine = new FakeMachine({ settings: { repo: null } }).onQuery(/^dpkg-query/, { stdout });
    expect(await packages.inspect(machine.context)).toEqual({ state: 'needed', why: 'curl not installed' });
  });

  it('finishes first what a package manager that was cut off has left', async () => {
    const machine = new FakeMachine().onQuery(/^dpkg --audit/, {
      stdout: 'The following packages are only half configured',
    });
    expect((await planOf(packages, machine))[0]).toBe('sudo dpkg --configure --pending');
  });

  it('offline, takes every package of the folder and no lists', async () => {
    const machine = new FakeMachine({ settings: { offline: '/media/stick', repo: null } }).onQuery(
      /^dpkg --audit/,
      {},
    );
    machine.files['/media/stick/debs/curl_8.deb'] = '';
    machine.files['/media/stick/debs/readme.txt'] = '';
    expect(await planOf(packages, machine)).toEqual([
      'sudo apt-get -o DPkg::Lock::Timeout=600 install --yes --no-install-recommends --no-download /media/stick/debs/curl_8.deb',
    ]);
  });

  it.each([
    ['E: Unable to locate package unzip', 'no list of apt has the package unzip'],
    [
      "W: GPG error: http://x bookworm InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 7EA0",
      'an apt repository is not signed with the key that belongs to it',
    ],
    [
      "E: The repository 'http://x/linux/debian trixie Release' does not have a Release file.",
      'http://x/linux/debian has nothing for trixie',
    ],
  ])('knows %j', async (line, words) => {
    const machine = new FakeMachine({ settings: { repo: null } }).onQuery(/^dpkg --audit/, {});
    machine.onRun(/ install /, () => ({ exitCode: 100, lines: [line] }));
    const command = (await packages.plan(machine.context))[1]!;
    await expect(
      runCommand(
        { ...command, retry: { attempts: 1, finalExitCodes: [] } },
        packages,
        machine.context,
        SILENT,
      ),
    ).rejects.toThrow(words);
  });
});

describe('VMware tools', () => {
  it('are only for VMware', async () => {
    expect(await vmwareTools.inspect(new FakeMachine().context)).toMatchObject({ state: 'not-applicable' });
    const machine = new FakeMachine({ facts: { vmware: true } });
    expect(await vmwareTools.inspect(machine.context)).toEqual({
      state: 'needed',
      why: 'open-vm-tools not installed',
    });
    machine.onQuery(/^dpkg-query/, { stdout: 'open-vm-tools installed' });
    expect(await vmwareTools.inspect(machine.context)).toMatchObject({ state: 'done' });
  });
});

describe('KVM', () => {
  const missing = { ...KVM_USABLE, device: { state: 'missing' as const }, kvmModule: false, nested: null };

  it('is done when the device may be opened', async () => {
    expect(await kvm.inspect(new FakeMachine().context)).toMatchObject({ state: 'done' });
  });

  it('joins the group of a device that it may not open', async () => {
    const machine = new FakeMachine().onQuery(/^id -nG user$/, { stdout: 'user sudo' });
    machine.kvm = { ...KVM_USABLE, device: { state: 'denied', group: 'kvm' } };
    expect(await kvm.inspect(machine.context)).toEqual({ state: 'needed', why: 'user is not in group kvm' });
    expect(await planOf(kvm, machine)).toEqual([
      'sudo groupadd --force --system kvm',
      'sudo usermod --append --groups kvm user',
    ]);
    machine.onQuery(/^id -nG user$/, { stdout: 'user sudo kvm' });
    expect(await kvm.inspect(machine.context)).toMatchObject({
      state: 'done',
      note: 'user is in group kvm, which counts from the next login',
    });
  });

  it.each([null, '107'])('gives a device of group %s to group kvm', async (group) => {
    const machine = new FakeMachine();
    machine.kvm = { ...KVM_USABLE, device: { state: 'denied', group } };
    expect(await kvm.inspect(machine.context)).toMatchObject({ state: 'needed' });
    expect(await planOf(kvm, machine)).toEqual(
      expect.arrayContaining(['sudo chgrp kvm /dev/kvm', 'sudo chmod 0660 /dev/kvm']),
    );
  });

  it.each([
    ['vmx' as const, 'kvm_intel'],
    ['svm' as const, 'kvm_amd'],
  ])('loads the module for %s', async (cpuFlag, module) => {
    const machine = new FakeMachine();
    machine.kvm = { ...missing, cpuFlag };
    expect(await kvm.inspect(machine.context)).toEqual({
      state: 'needed',
      why: `module ${module} is not loaded`,
    });
    expect(await planOf(kvm, machine)).toEqual([`sudo modprobe ${module}`]);
    machine.onRun(/^modprobe/, () => ({
      lines: [`modprobe: ERROR: could not insert '${module}': Operation not supported`],
    }));
    await expect(
      runCommand((await kvm.plan(machine.context))[0]!, kvm, machine.context, SILENT),
    ).rejects.toMatchObject({
      fix: expect.stringContaining('"hypervisor applications"'),
    });
  });

  it('goes on without, and says what to click, where nested virtualization is off', async () => {
    const machine = new FakeMachine();
    machine.kvm = { ...missing, cpuFlag: null };
    expect(await kvm.inspect(machine.context)).toEqual({
      state: 'not-applicable',
      why: expect.stringMatching(
        /no nested virtualization .*"hypervisor applications".*desktops boot by emulation, in 20 to 40 minutes$/,
      ),
    });
  });
});

describe('Docker Engine', () => {
  it('stays as it is when it is there, from whatever source', async () => {
    const machine = new FakeMachine().onQuery(/^dockerd? --version/, { stdout: 'Docker version 27.1.1\n' });
    expect(await dockerEngine.inspect(machine.context)).toEqual({
      state: 'done',
      note: 'Docker version 27.1.1',
    });
  });

  it("comes from Docker's own repository, with its keyring; no download runs as root", async () => {
    const machine = new FakeMachine().onQuery(/^dpkg --audit/, {});
    const plan = await planOf(dockerEngine, machine);
    expect(plan.filter((line) => line.startsWith('sudo curl'))).toEqual([]);
    expect(plan).toEqual([
      'curl --fail --silent --show-error --location --max-time 60 --create-dirs --output /home/user/.cache/arpo-env/docker.asc https://download.docker.com/linux/ubuntu/gpg',
      'sudo install -D -m 0644 /home/user/.cache/arpo-env/docker.asc /etc/apt/keyrings/docker.asc',
      'sudo install -D -m 0644 /dev/stdin /etc/apt/sources.list.d/docker.list',
      'sudo apt-get -o DPkg::Lock::Timeout=600 update',
      'sudo apt-get -o DPkg::Lock::Timeout=600 install --yes --no-install-recommends docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin',
    ]);
    const list = (await dockerEngine.plan(machine.context))[2]?.stdin;
    expect(list).toBe(
      'deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu jammy stable\n',
    );
  });

  it("takes its own repository away first when the distribution's is wanted after all", async () => {
    const machine = new FakeMachine({ settings: { dockerSource: 'distro' } }).onQuery(/^dpkg --audit/, {});
    const list = '/etc/apt/sources.list.d/docker.list';
    machine.files[list] = 'deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] http://x jammy stable\n';
    expect((await planOf(dockerEngine, machine))[0]).toBe(`sudo rm --force -- ${list}`);
    machine.files[list] = "deb http://somebody's.example x y\n";
    expect((await planOf(dockerEngine, machine))[0]).toContain('apt-get');
  });

  it('comes from the distribution with --docker-source distro', async () => {
    const machine = new FakeMachine({ settings: { dockerSource: 'distro' } }).onQuery(/^dpkg --audit/, {});
    expect((await planOf(dockerEngine, machine)).at(-1)).toMatch(/ docker\.io$/);
  });

  it('is refused when it is to be left as it is and is not there', async () => {
    const machine = new FakeMachine({ settings: { dockerSource: 'present' } });
    await expect(dockerEngine.inspect(machine.context)).rejects.toMatchObject({
      message: 'Docker is to be left as it is, but there is no docker',
    });
  });
});

describe('Docker service', () => {
  const running = () =>
    new FakeMachine().onQuery(/^systemctl is-(enabled|active) docker.service/, { stdout: 'active' });

  it('is done when it runs and starts with the machine', async () => {
    expect(await dockerService.inspect(running().context)).toMatchObject({ state: 'done' });
    const stopped = running().onQuery(/is-active/, { exitCode: 3, stdout: 'failed\n' });
    expect(await dockerService.inspect(stopped.context)).toEqual({ state: 'needed', why: 'it is failed' });
    expect(await planOf(dockerService, stopped)).toEqual(['sudo systemctl enable --now docker.service']);
  });

  it('is told the proxy, in a file that only root reads', async () => {
    const machine = new FakeMachine({
      facts: { proxy: { http_proxy: 'http://me:p%40ss@proxy.example:3128' } },
    });
    expect(await dockerService.inspect(machine.context)).toMatchObject({
      why: 'the daemon does not know the proxy',
    });
    const plan = await planOf(dockerService, machine);
    expect(plan[0]).toBe(
      'sudo install -D -m 0600 /dev/stdin /etc/systemd/system/docker.service.d/arpo-env-proxy.conf',
    );
    expect(plan.slice(1)).toEqual([
      'sudo systemctl daemon-reload',
      'sudo systemctl enable --now docker.service',
      'sudo systemctl restart docker.service',
    ]);
    expect(plan.join()).not.toContain('p%40ss');
    // systemd.unit(5): % begins a specifier.
    expect(proxyDropIn(machine.context.facts.proxy)).toContain(
      'Environment="http_proxy=http://me:p%%40ss@proxy.example:3128"\n',
    );
  });

  it('starts without systemd what the distribution has for it', async () => {
    const machine = new FakeMachine({ facts: { systemd: false } });
    expect(await planOf(dockerService, machine)).toEqual(['sudo service docker start']);
    machine.files['/var/run/docker.sock'] = '';
    expect(await dockerService.inspect(machine.context)).toMatchObject({ state: 'done' });
  });
});

describe('Docker without sudo', () => {
  it('puts the user into the group, once', async () => {
    const machine = new FakeMachine().onQuery(/^id -nG user$/, { stdout: 'user dockerish' });
    expect(await dockerGroup.inspect(machine.context)).toEqual({
      state: 'needed',
      why: 'user is not in group docker',
    });
    expect(await planOf(dockerGroup, machine)).toEqual([
      'sudo groupadd --force --system docker',
      'sudo usermod --append --groups docker user',
    ]);
    machine.onQuery(/^id -nG user$/, { stdout: 'user docker\n' });
    machine.onQuery(/^id -nG$/, { stdout: 'user\n' });
    expect(await dockerGroup.inspect(machine.context)).toEqual({
      state: 'done',
      note: 'user is in group docker; your shell gets it when you log in again',
    });
    machine.onQuery(/^id -nG$/, { stdout: 'user docker\n' });
    expect(await dockerGroup.inspect(machine.context)).toEqual({
      state: 'done',
      note: 'user is in group docker',
    });
    expect(
      await dockerGroup.inspect(
        new FakeMachine({ facts: { user: { name: 'root', uid: 0, home: '/root' } } }).context,
      ),
    ).toMatchObject({ state: 'not-applicable' });
  });
});
