import { expect, test } from 'vitest';
import { installCommand, type System } from '../../../src/guest/x11/install.js';
import type { X11Program } from '../../../src/guest/x11/x11-program.js';

const XTERM: X11Program = { names: ['xterm'], debianPackage: 'xterm', purpose: 'the terminal' };
const BROWSER: X11Program = { names: ['chromium'], debianPackage: 'chromium', purpose: 'the browser' };
const DEBIAN: System = { isRoot: false, distribution: 'debian', arch: 'x64', home: '/home/me' };
const UBUNTU: System = { ...DEBIAN, distribution: 'ubuntu' };

test('apt is run as root, each package once', () => {
  const packages = 'apt-get update && apt-get install -y --no-install-recommends xterm chromium';
  expect(installCommand([XTERM, BROWSER, XTERM], { ...DEBIAN, isRoot: true })).toBe(packages);
  expect(installCommand([XTERM, BROWSER], DEBIAN)).toBe(packages.replaceAll('apt-get', 'sudo apt-get'));
});

test('Ubuntu’s own browser is a snap, so that another one is fetched', () => {
  expect(installCommand([XTERM, BROWSER], UBUNTU)?.split(' && ')).toEqual([
    'sudo apt-get update',
    'sudo apt-get install -y --no-install-recommends ca-certificates curl',
    'curl -fsSL -o /home/me/google-chrome.deb https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb',
    'sudo apt-get install -y --no-install-recommends xterm /home/me/google-chrome.deb',
  ]);
  expect(installCommand([BROWSER], { ...UBUNTU, arch: 'arm64' })?.split(' && ')).toEqual([
    'sudo apt-get update',
    'sudo apt-get install -y --no-install-recommends software-properties-common',
    'sudo add-apt-repository -y ppa:xtradeb/apps',
    'sudo apt-get install -y --no-install-recommends chromium',
  ]);
  expect(installCommand([XTERM], UBUNTU)).not.toContain('curl');
});
