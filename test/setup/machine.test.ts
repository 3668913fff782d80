import { expect, it } from 'vitest';
import { readAptLockHolder } from '../../src/setup/apt-lock.js';
import { parseOsRelease, readMachine } from '../../src/setup/machine.js';
import { FakeHost } from '../support/fake-host.js';

const JAMMY = `PRETTY_NAME="Ubuntu 22.04.5 LTS"
ID=ubuntu
VERSION_ID="22.04"
VERSION_CODENAME=jammy
`;

it('reads os-release with and without quotes', () => {
  expect(parseOsRelease(`${JAMMY}EMPTY=\nSINGLE='a b'\n`)).toEqual({
    PRETTY_NAME: 'Ubuntu 22.04.5 LTS',
    ID: 'ubuntu',
    VERSION_ID: '22.04',
    VERSION_CODENAME: 'jammy',
    EMPTY: '',
    SINGLE: 'a b',
  });
});

function machineWith(files: Record<string, string>, env: Record<string, string> = {}) {
  return Object.assign(new FakeHost(), { files, env }).toHost();
}

it('knows a machine under VMware with systemd', async () => {
  const files = {
    '/etc/os-release': JAMMY,
    '/sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n',
    '/run/systemd/system/x': '',
  };
  const env = { https_proxy: 'http://proxy.example', NO_PROXY: '', PATH: '/bin' };
  expect(await readMachine(machineWith(files, env))).toMatchObject({
    distro: { id: 'ubuntu', version: '22.04', codename: 'jammy', name: 'Ubuntu 22.04.5 LTS' },
    vmware: true,
    systemd: true,
    container: null,
    proxy: { https_proxy: 'http://proxy.example' },
  });
});

it.each([
  ['/.dockerenv', '', 'docker'],
  ['/run/.containerenv', '', 'podman'],
  ['/run/systemd/container', 'lxc\n', 'lxc'],
])('knows a container by %s', async (file, content, kind) => {
  expect(await readMachine(machineWith({ [file]: content }))).toMatchObject({
    container: kind,
    systemd: false,
    vmware: false,
  });
});

it("names who holds apt's lock, not who waits for it", async () => {
  const files: Record<string, string> = {
    '/var/lib/dpkg/lock-frontend': '',
    '/proc/812/comm': 'unattended-upgr\n',
    '/proc/locks': '',
  };
  const machine = machineWith(files);
  expect(await readAptLockHolder(machine)).toBeNull();
  const inode = (await machine.stat('/var/lib/dpkg/lock-frontend'))?.inode;
  files['/proc/locks'] =
    `1: POSIX  ADVISORY  WRITE 1 08:02:1 0 EOF\n2: POSIX  ADVISORY  WRITE 812 08:02:${inode} 0 EOF\n2: -> POSIX  ADVISORY  WRITE 900 08:02:${inode} 0 EOF\n`;
  expect(await readAptLockHolder(machine)).toBe('pid 812 (unattended-upgr)');
});
