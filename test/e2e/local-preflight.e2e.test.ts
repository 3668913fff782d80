/** What keeps desktops from having a sandbox, made to happen: it is named before anything starts, and its fix is one. */
import { spawn } from 'node:child_process';
import { chownSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CliProcess } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
/** Nobody's. */
const UID = 62_345;
const NO_TUN = 'mount -t tmpfs tmpfs /dev/net';
/** A folder /dev/net of its own, with a device that nobody but root may open. */
const OWN_TUN = 'mount -t tmpfs tmpfs /dev/net && mknod -m 600 /dev/net/tun c 10 200';
/**
 * How `arpo-env serve` ends, or `listens` when it does not; with what it says was wrong. `broken` is run by root, in a mount
 * namespace that goes with it, before the server starts as an ordinary user.
 */
async function serve(
  broken: string,
  more: Record<string, string> = {},
): Promise<{ how: unknown; said: string }> {
  using folder = new TemporaryFolder();
  chownSync(folder.path, UID, UID);
  const script = `${broken}\nexec setpriv --reuid=${UID} --regid=${UID} --clear-groups -- "$@"`;
  const server = [process.execPath, BIN, 'serve', '--provider', 'local', '--port', '0', '--json'];
  const args = ['--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'sh', ...server];
  const env = { PATH: process.env.PATH, HOME: folder.path, ARPO_ENV_STATE_DIR: folder.path, ...more };
  const cli = new CliProcess(
    spawn('unshare', args, { cwd: folder.path, env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const ended = cli.waitForExit().then(({ exitCode }) => exitCode);
  const listens = eventually(() => expect(cli.stdout).toMatch(/^\{"url"/m), 90_000).then(
    () => 'listens',
    () => 'is silent',
  );
  const how = await Promise.race([ended, listens]);
  cli.child.kill('SIGTERM');
  await ended;
  return { how, said: cli.stderr };
}

/** As a person who is root pastes it. */
const pasted = (said: string) => (/"fix":"(sudo [^"]*)"/.exec(said)?.[1] ?? 'false').replaceAll('sudo ', '');

describeWith('bwrap', 'a sandbox that cannot be', () => {
  it.skipIf(process.getuid?.() !== 0)('a device that this user may not open', async () => {
    const { how, said } = await serve(OWN_TUN);
    expect([how, said]).toEqual([1, expect.stringContaining('this user may not open it')]);
    expect(pasted(said)).toBe('chmod 0666 /dev/net/tun');
    expect(await serve(`${OWN_TUN} && ${pasted(said)}`)).toMatchObject({ how: 'listens' });
  });

  it.skipIf(process.getuid?.() !== 0)('no device at all', async () => {
    const { how, said } = await serve(NO_TUN);
    expect([how, said]).toEqual([1, expect.stringContaining('this machine has none')]);
    if (!existsSync('/.dockerenv')) return expect(pasted(said)).toBe('modprobe tun');
    expect(said).toContain('"fix":"ARPO_ENV_PROVIDERS_LOCAL_CONFINE=off arpo-env serve --provider local"');
    const fixed = serve(NO_TUN, { ARPO_ENV_PROVIDERS_LOCAL_CONFINE: 'off' });
    expect(await fixed).toMatchObject({ how: 'listens' });
  });

  it.skipIf(process.getuid?.() !== 0)('a slirp4netns that does not run', async () => {
    const broken = `printf '#!/bin/sh\\necho no network today >&2; exit 1\\n' > /mnt/slirp && chmod 755 /mnt/slirp && mount --bind /mnt/slirp "$(command -v slirp4netns)"`;
    const { how, said } = await serve(`mount -t tmpfs tmpfs /mnt && ${broken}`);
    expect([how, said]).toEqual([1, expect.stringContaining('no network today')]);
    expect(said).toContain('"fix":"ARPO_ENV_PROVIDERS_LOCAL_CONFINE=off arpo-env serve --provider local"');
  });
});
