/** What a run is about, out of the config and the command line. */
import { join, resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.js';
import { ArpoEnvError } from '../errors.js';
import { diskName } from '../providers/docker/get-disk.js';
import { needs } from '../providers/traits.js';

export interface SetupFlags {
  /** A guest's disk that is there already. */
  qcow2?: string | undefined;
  /** Folder with what was fetched elsewhere; see `offline.ts`. */
  offline?: string | undefined;
  /** SSH host of the cluster; with it the tunnel becomes a service. */
  tunnel?: string | undefined;
}

export interface SetupSettings {
  usesDocker: boolean;
  /** Desktops are programs on X displays of this machine. */
  usesXDisplay: boolean;
  provider: string;
  dockerSource: 'docker' | 'distro' | 'present';
  dockerAptUrl: string;
  image: string;
  /** Null when no repository is cloned. */
  repo: { url: string; branch: string | null; dir: string } | null;
  skipPackages: readonly string[];
  pipIndexUrl: string | null;
  /** Which of OSWorld's evaluators are installed. */
  evaluatorSet: 'none' | 'core' | 'all';
  evaluators: LoadedConfig['config']['evaluators'];
  qcow2: {
    /** Where the disk is, or will be. */
    path: string;
    /** `--qcow2` named it: it must be there. */
    given: boolean;
    url: string;
    /** Of what the URL answers; null when nobody said it. */
    sha256: string | null;
  };
  /** The file that is written or updated. */
  configFile: string;
  /** Env server that the unit starts, for its check. */
  server: { host: string; port: number };
  tunnelHost: string | null;
  offline: string | null;
}

const CONFIG_NAME = 'arpo-env.config.yaml';

/** Throws E_USAGE for what cannot be used. `home` is where a config file goes when there is none yet. */
export function setupSettings(
  { config, file }: LoadedConfig,
  flags: SetupFlags,
  home: string,
): SetupSettings {
  const { setup, providers, server, evaluators } = config;
  const disk = diskName(setup.qcow2Url);
  return {
    usesDocker: needs(config.provider, 'docker'),
    usesXDisplay: needs(config.provider, 'x-display'),
    provider: config.provider,
    dockerSource: setup.dockerSource,
    dockerAptUrl: setup.dockerAptUrl.replace(/\/+$/, ''),
    image: providers.docker.image,
    repo:
      setup.repoUrl === undefined
        ? null
        : { url: withoutPassword(setup.repoUrl), branch: setup.repoBranch ?? null, dir: setup.repoDir },
    skipPackages: setup.skipPackages,
    pipIndexUrl: setup.pipIndexUrl ?? null,
    evaluatorSet: setup.evaluators,
    evaluators,
    qcow2: {
      path: resolve(flags.qcow2 ?? providers.docker.qcow2 ?? join(setup.qcow2Dir, disk)),
      given: flags.qcow2 !== undefined,
      url: setup.qcow2Url,
      sha256: setup.qcow2Sha256?.toLowerCase() ?? null,
    },
    configFile: file ?? join(home, CONFIG_NAME),
    server: { host: server.host, port: server.port },
    tunnelHost: flags.tunnel ?? null,
    offline: flags.offline === undefined ? null : resolve(flags.offline),
  };
}

/** It would be seen in the process list and stay in the clone's config. */
function withoutPassword(url: string): string {
  if (!/^\w+:\/\/[^/@]*:[^/@]*@/.test(url)) return url;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: 'setup.repoUrl holds a password',
    fix: 'write it without, and let git find the password: git config --global credential.helper store; or clone over ssh',
  });
}
