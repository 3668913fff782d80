/** The device behind a sandbox's network. */
import { stat } from 'node:fs/promises';

export const TUN = '/dev/net/tun';

/** For everybody: 10, 200 in the kernel's list of devices (devices.txt). */
const OWN_DEVICE = `set -e
mount -t tmpfs -o mode=755,size=64k tmpfs /mnt
mknod -m 666 /mnt/tun c 10 200
mount --bind /mnt/tun ${TUN}
umount -l /mnt
exec "$@"`;
const FOR_EVERYBODY = 0o006;

/**
 * What stands before a command of root's that gives its rights away but shall use the device. udev opens it for everybody;
 * where there is no udev the command gets one of its own, in a mount namespace that goes with it.
 */
export async function withTun(): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const found = await stat(TUN).catch(() => null);
  if (found === null || (found.mode & FOR_EVERYBODY) === FOR_EVERYBODY) return [];
  return ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', OWN_DEVICE, 'sandbox'];
}
