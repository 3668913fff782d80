/** Suites that need a real component: skipped with one line when it is missing, failed with ARPO_ENV_E2E=require. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const INSTALL: Record<string, string> = {
  sshd: 'apt-get install openssh-server',
  python3: 'apt-get install python3',
  chromium: 'apt-get install chromium',
  dockerd: 'apt-get install docker.io',
  Xvfb: 'apt-get install xvfb openbox xterm chromium x11-utils',
  'at-spi-bus-launcher': 'apt-get install at-spi2-core gir1.2-atspi-2.0 python3-gi mousepad x11-utils',
  x11vnc: 'apt-get install x11vnc novnc',
  bwrap: 'apt-get install bubblewrap slirp4netns',
  ffmpeg: 'apt-get install ffmpeg',
  gsettings: 'apt-get install libglib2.0-bin gsettings-desktop-schemas dconf-gsettings-backend bc',
  ip: 'apt-get install iproute2',
  npm: 'install Node with npm',
};

/** Absolute path of an executable, looked up in PATH and the system's folders that a user's PATH often lacks. */
export function findExecutable(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/sbin',
    '/usr/libexec',
  ];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** `describe` for suites that drive the real `component` (the name of its executable). */
export function describeWith(component: string, title: string, suite: () => void): void {
  if (findExecutable(component) !== undefined) {
    describe(title, suite);
  } else if (process.env.ARPO_ENV_E2E === 'require') {
    describe(title, () => {
      it(`needs ${component}`, () =>
        expect.fail(`${component} is required; fix: ${INSTALL[component] ?? 'install it'}`));
    });
  } else {
    describe.skipIf(true)(`${title} — needs ${component}: ${INSTALL[component] ?? 'install it'}`, suite);
  }
}
