import { homedir } from 'node:os';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** PATH of a desktop's programs: this process's, without what lies in homes and /tmp, which a desktop does not see. */
export function desktopPath(env: NodeJS.ProcessEnv = process.env): string {
  const hidden = ['/home/', '/tmp/', `${homedir()}/`];
  const folders = `${env.PATH ?? ''}:${SYSTEM_PATH}`.split(':');
  const visible = folders.filter(
    (folder) =>
      folder.startsWith('/') && !hidden.some((prefix) => prefix !== '//' && `${folder}/`.startsWith(prefix)),
  );
  return [...new Set(visible)].join(':');
}
