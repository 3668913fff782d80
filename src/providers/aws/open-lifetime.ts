/** The lifetime that the config asks for, of the instances in one region. */
import { localAws } from '../../aws/aws.js';
import type { Fleet } from '../../aws/fleet.js';
import type { Schedules } from '../../aws/schedules.js';
import type { Config } from '../../config/schema.js';
import { clearLeftDesktops } from '../../runs/left-desktops.js';
import { stateFolder } from '../../runs/state-folder.js';
import { findLeftInstances } from './left-desktops.js';
import { Lifetime } from './lifetime.js';
import { rememberRegion } from './regions.js';

const MINUTE_MS = 60_000;

export interface LifetimeSettings
  extends Pick<Config['providers']['aws'], 'enableTtl' | 'ttlMinutes' | 'schedulerRoleArn'> {
  /** Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
  onWarning?: (text: string) => void;
}

/** What dead servers left is ended first. `fleet`: of the region. */
export async function openLifetime(fleet: Fleet, settings: LifetimeSettings): Promise<Lifetime> {
  const { enableTtl, ttlMinutes, schedulerRoleArn, env = process.env, onWarning = () => {} } = settings;
  const folder = stateFolder(env).awsRegions;
  const sweep = () =>
    clearLeftDesktops(async () => {
      const { found, unseen } = await findLeftInstances({ aws: localAws(env), folder, now: Date.now() });
      for (const text of unseen) onWarning(text);
      return [...found];
    }, onWarning);
  await sweep();
  return new Lifetime({
    ttlMs: enableTtl ? ttlMinutes * MINUTE_MS : null,
    schedules: enableTtl ? await schedulesOf(fleet.region, schedulerRoleArn) : null,
    setTags: (ids, tags, signal) => fleet.setTags(ids, tags, signal),
    beforeLaunch: () => rememberRegion(folder, fleet.region),
    sweep,
    onWarning,
  });
}

async function schedulesOf(region: string, roleArn: string | undefined): Promise<Schedules | null> {
  if (roleArn === undefined) return null;
  return (await import('../../aws/eventbridge.js')).openSchedules(region, roleArn);
}
