/** The service manager of this machine. */
import { homedir, userInfo } from 'node:os';
import envPaths from 'env-paths';
import { ArpoEnvError } from '../../errors.js';
import { packageFile } from '../../lib/package.js';
import { runCommand } from './run-command.js';
import type { ServiceContext, ServiceManager, ServiceScope } from './service.js';

/** Throws E_SERVICE where there is neither systemd nor launchd. */
export async function openServiceManager(
  scope: ServiceScope,
  env: NodeJS.ProcessEnv,
): Promise<ServiceManager> {
  const context: ServiceContext = {
    scope,
    run: runCommand,
    home: homedir(),
    configFolder: scope === 'system' ? '/etc/arpo-env' : envPaths('arpo-env', { suffix: '' }).config,
    user: installingUser(env),
    isRoot: userInfo().uid === 0,
    path: env.PATH ?? '',
    executable: [process.execPath, packageFile('bin/arpo-env.js')],
  };
  switch (process.platform) {
    case 'linux': {
      const { Systemd } = await import('./systemd.js');
      return new Systemd(context);
    }
    case 'darwin': {
      const { Launchd } = await import('./launchd.js');
      return new Launchd(context);
    }
    default:
      throw new ArpoEnvError({
        code: 'E_SERVICE',
        message: `services need systemd or launchd; this is ${process.platform}`,
        fix: 'run it in the background instead: arpo-env serve --detach',
      });
  }
}

/** With sudo, the service still runs as who asked for it. */
function installingUser(env: NodeJS.ProcessEnv): { name: string; uid: number } {
  const { username, uid } = userInfo();
  const asked = env.SUDO_USER;
  return uid === 0 && asked ? { name: asked, uid: Number(env.SUDO_UID) } : { name: username, uid };
}
