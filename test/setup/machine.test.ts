import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAptLockHolder } from '../../src/setup/apt-lock.js';
import { parseOsRelease, readMachine } from '../../src/setup/machine.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

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

it('knows a machine under VMware with systemd', async () => {
  using root = new TemporaryFolder({
    'etc/os-release': JAMMY,
    'sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n',
    'run/systemd/system/x': '',
  });
  expect(
    await readMachine({ https_proxy: 'http://proxy.example', NO_PROXY: '', PATH: '/bin' }, root.path),
  ).toMatchObject({
    distro: { id: 'ubuntu', version: '22.04', codename: 'jammy', name: 'Ubuntu 22.04.5 LTS' },
    vmware: true,
    systemd: true,
    container: null,
    proxy: { https_proxy: 'http://proxy.example' },
  });
});

it.each([
  ['.dockerenv', '', 'docker'],
  ['run/.containerenv', '', 'podman'],
  ['run/systemd/container', 'lxc\n', 'lxc'],
])('knows a container by %s', async (file, content, kind) => {
  using root = new TemporaryFolder({ [file]: content });
  expect(await readMachine({}, root.path)).toMatchObject({ container: kind, systemd: false, vmware: false });
});

it("names who holds apt's lock, not who waits for it", async () => {
  using root = new TemporaryFolder({
    'var/lib/dpkg/lock-frontend': '',
    'proc/812/comm': 'unattended-upgr\n',
    'proc/locks': '',
  });
  expect(await readAptLockHolder(root.path)).toBeNull();
  const { ino } = statSync(join(root.path, 'var/lib/dpkg/lock-frontend'));
  root.write(
    'proc/locks',
    `1: POSIX  ADVISORY  WRITE 1 08:02:1 0 EOF\n2: POSIX  ADVISORY  WRITE 812 08:02:${ino} 0 EOF\n2: -> POSIX  ADVISORY  WRITE 900 08:02:${ino} 0 EOF\n`,
  );
  expect(await readAptLockHolder(root.path)).toBe('pid 812 (unattended-upgr)');
});
