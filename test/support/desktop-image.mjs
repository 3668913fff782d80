/**
 * The desktop image, built as a user builds it, on a base that `scripts/e2e-setup.sh` made: no registry is needed. Plain
 * JavaScript, because a bench uses it without a build.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** What templates/desktop/Dockerfile begins with. */
const BASE = 'node:22-bookworm-slim';
const BASE_FILE = fileURLToPath(new URL('../../.e2e-cache/desktop-base.tar', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

/** The practice desktop: ready at once, and small. */
export const DESKTOP_IMAGE = 'arpo-desktop-sim:latest';
/** Real programs on an X display. */
export const X11_IMAGE = 'arpo-desktop:latest';

/** Minutes the first time; afterwards Docker's cache has all but this package's own files. */
export async function buildDesktopImage(daemon, image = DESKTOP_IMAGE) {
  await importBase(daemon);
  const screen = image === X11_IMAGE ? 'x11' : 'sim';
  const args = ['image', 'build', '--tag', image, '--screen', screen];
  await execa(process.execPath, [BIN, ...args], { env: daemon.env, extendEnv: false });
  await daemon.api.pruneImages({ filters: { dangling: { true: true } } });
}

async function importBase({ api, env }) {
  const present = await api.listImages({ filters: { reference: [BASE] } });
  if (present.length > 0) return;
  if (!existsSync(BASE_FILE)) throw new Error(`${BASE_FILE} is missing; fix: scripts/e2e-setup.sh`);
  // Where TLS is inspected, the machine's own certificates count in the container as well.
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  const change = `ENV NODE_EXTRA_CA_CERTS=${certificates} PIP_CERT=${certificates}`;
  await execa('docker', ['import', '--change', change, BASE_FILE, BASE], { env, extendEnv: false });
}
