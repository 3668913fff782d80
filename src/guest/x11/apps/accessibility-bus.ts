/**
 * The bus over which applications publish their accessibility trees (at-spi2-core). The session bus starts it when the first
 * application or reader asks for it, so that a desktop where nobody does pays nothing; a service file in the folder where
 * a session bus looks first makes it say that trees are wanted, which is what Chromium and Firefox go by.
 */
import { readFile } from 'node:fs/promises';

/** Below XDG_RUNTIME_DIR. */
export const BUS_SERVICE_FILE = 'dbus-1/services/org.a11y.Bus.service';
const INSTALLED = '/usr/share/dbus-1/services/org.a11y.Bus.service';

/** Null where at-spi2-core is not installed. */
export async function busService(): Promise<string | null> {
  const installed = await readFile(INSTALLED, 'utf8').catch(() => '');
  const program = /^Exec=(\S+)/m.exec(installed)?.[1];
  if (program === undefined) return null;
  return `[D-BUS Service]\nName=org.a11y.Bus\nExec=${program} --a11y=1\n`;
}
