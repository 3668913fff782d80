/** Docker, before a desktop starts. What is not distinguished here is left to the provider's preflight. */
import { maskCredentials } from '../../config/mask.js';
import { singleQuoted } from '../../shell-words.js';
import { counted, formatBytes } from '../../ui/format.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import { commandFix } from '../command-fix.js';
import type { CheckContext } from '../context.js';
import type { DockerLook } from '../facts/docker.js';
import { usesDocker } from './provider-in-use.js';

/** A guest writes into its container, up to `diskSize`; below this not even a boot's writes fit. */
const ROOM_NEEDED = 5e9;
const WHY =
  'Every desktop of the docker provider is a container: without Docker none starts, and resets answer 503.';

export const dockerChecks: readonly Check[] = [
  {
    id: 'docker.client',
    link: 'desktop',
    title: 'the docker command is there',
    needs: [],
    run: withDocker(async ({ machine }, docker) => {
      if (docker.kind !== 'no-client') return pass('docker');
      const fix = 'arpo-env setup-vm --only docker';
      // The provider itself talks to the daemon's socket.
      if ((await machine.stat('/var/run/docker.sock')) !== null || machine.env.DOCKER_HOST) {
        return warn({
          seen: 'there is no docker command',
          why: 'A person cannot look at the containers.',
          fix,
        });
      }
      return fail({
        seen: 'Docker is not installed: no docker command, no /var/run/docker.sock',
        why: WHY,
        fix,
      });
    }),
  },
  {
    id: 'docker.group',
    link: 'desktop',
    title: 'membership in group docker is in effect',
    needs: ['docker.client'],
    run: withDocker(async ({ machine }, docker) => {
      if (docker.kind !== 'denied') return pass('this user reaches Docker');
      const groups = (await machine.readText('/etc/group')) ?? '';
      const [, , gid, members = ''] =
        groups
          .split('\n')
          .find((line) => line.startsWith('docker:'))
          ?.split(':') ?? [];
      const isMember = members.split(',').includes(machine.user.name);
      if (!isMember || machine.user.groups.includes(Number(gid))) return skip('this user is not in it');
      return fail({
        seen: `${machine.user.name} is in group docker, and this session began before that`,
        why: 'Groups are read at login: Docker still says "permission denied" here.',
        fix: 'newgrp docker (or log out and in again), and start the env server from there',
      });
    }),
  },
  {
    id: 'docker.permission',
    link: 'desktop',
    title: 'this user may use Docker',
    needs: ['docker.client', 'docker.group'],
    run: withDocker(async ({ machine }, docker) => {
      if (docker.kind !== 'denied') return pass('yes');
      const fix = `sudo usermod -aG docker ${machine.user.name}, then log out and in again (or newgrp docker)`;
      return fail({ seen: docker.words, why: WHY, fix });
    }),
  },
  {
    id: 'docker.daemon',
    link: 'desktop',
    title: 'the Docker daemon answers',
    needs: ['docker.permission'],
    run: withDocker(async ({ machine }, docker) => {
      if (docker.kind === 'info') return pass(`Docker ${docker.info.ServerVersion}`);
      if (docker.kind === 'no-client') return skip('without its command the preflight says');
      const fix = machine.platform === 'linux' ? 'sudo systemctl enable --now docker' : 'open -a Docker';
      const elsewhere = machine.env.DOCKER_HOST
        ? `is DOCKER_HOST=${maskCredentials(machine.env.DOCKER_HOST)} right? unset DOCKER_HOST`
        : null;
      return fail({ seen: docker.words, why: WHY, fix: elsewhere ?? fix });
    }),
  },
  {
    id: 'docker.image',
    link: 'desktop',
    title: "the desktop's image is there",
    needs: ['docker.daemon'],
    run: withDocker(async ({ config }, docker) => {
      const { image } = config.providers.docker;
      if (docker.kind !== 'info') return skip('Docker does not say');
      if (docker.hasImage) return pass(image);
      return warn({
        seen: `the image ${image} is not on this machine yet`,
        why: 'The first reset pulls it, and the trainer waits for that.',
        fix: `docker pull ${image}`,
      });
    }),
  },
  {
    id: 'docker.qcow2',
    link: 'desktop',
    title: "the guest's disk is there",
    needs: [],
    run: withDocker(async ({ config, machine }) => {
      const { image, qcow2 } = config.providers.docker;
      if (qcow2 === undefined) {
        if (!/osworld-docker/.test(image)) return skip(`${image} may need none`);
        return fail({
          seen: `no disk is given for ${image}`,
          why: 'The image boots a VM from it.',
          fix: 'arpo-env setup-vm --only qcow2 downloads it; or set ARPO_ENV_PROVIDERS_DOCKER_QCOW2=/path/to/Ubuntu.qcow2',
        });
      }
      const facts = await machine.stat(qcow2);
      const why =
        'The container is given this file as its disk; when it is missing Docker makes an empty folder in its place.';
      if (facts === null) {
        return fail({
          seen: `${qcow2} does not exist`,
          why,
          fix: `put it there, or correct providers.docker.qcow2: ls ${qcow2.replace(/[^/]*$/, '')}`,
        });
      }
      if (facts.kind === 'folder') {
        return fail({
          seen: `${qcow2} is a folder`,
          why,
          fix: `sudo rmdir ${singleQuoted(qcow2)}, then put the file there: arpo-env setup-vm --only qcow2`,
        });
      }
      if (facts.size < 1e9) {
        const seen = `${qcow2} has ${formatBytes(facts.size)}; OSWorld's disk has more than 20 GB`;
        return warn({
          seen,
          why: 'An incomplete download does not boot.',
          fix: 'arpo-env setup-vm --only qcow2',
        });
      }
      return pass(`${qcow2}, ${formatBytes(facts.size)}`);
    }),
  },
  {
    id: 'docker.disk',
    link: 'desktop',
    title: "Docker's own disk has room",
    needs: ['docker.daemon'],
    run: withDocker(async ({ machine }, docker) => {
      if (docker.kind !== 'info' || machine.platform !== 'linux') return skip('it is on another machine');
      const { DockerRootDir: root } = docker.info;
      const free = await machine.freeBytes(root);
      if (free >= ROOM_NEEDED) return pass(`${formatBytes(free)} free in ${root}`);
      return fail({
        seen: `${formatBytes(free)} are free in ${root}`,
        why: 'What a guest writes goes there; when it is full the guest stops in the middle of an episode.',
        fix: 'docker system df; docker system prune (it removes stopped containers and unused images)',
      });
    }),
  },
  {
    id: 'docker.leftovers',
    link: 'desktop',
    title: 'no container of a dead server is left',
    needs: ['docker.daemon'],
    run: withDocker(async ({ config, looks, machine }, docker) => {
      if (docker.kind !== 'info') return skip('Docker does not say');
      const living = new Set((await looks.runs()).running.map(({ process }) => process.pid));
      const image = config.providers.docker.image.split(':')[0];
      const left = docker.containers.filter(({ server, image: of }) =>
        server === null ? of.split(':')[0] === image : !living.has(pidOf(server)),
      );
      if (left.length === 0) return pass('none');
      const names = left.map(({ name }) => name).join(' ');
      const command = ['docker', 'rm', '--force', ...left.map(({ name }) => name)] as const;
      return warn({
        seen: `${counted(left.length, 'container')} that no running env server of this user owns: ${names}`,
        why: 'Each holds its memory and its ports until it is removed.',
        fix: `docker rm --force ${names}`,
        // Those with a label are ours for sure; others may be somebody's Python server's.
        ...(left.every(({ server }) => server !== null) ? { safeFix: commandFix(machine, command) } : {}),
      });
    }),
  },
  {
    id: 'docker.cgroups',
    link: 'desktop',
    title: 'nothing in the kernel blocks containers',
    needs: ['docker.daemon'],
    run: withDocker(async (_context, docker) => {
      if (docker.kind !== 'info') return skip('Docker does not say');
      const { CgroupDriver, CgroupVersion, SecurityOptions, Warnings } = docker.info;
      if (CgroupDriver === 'none') {
        return warn({
          seen: 'Docker has no cgroups (driver "none")',
          why: 'Desktops cannot be paused between steps, nor limited in memory.',
          fix: 'rootless Docker needs cgroup v2 and systemd: boot with systemd.unified_cgroup_hierarchy=1',
        });
      }
      const rootless = (SecurityOptions ?? []).some((option) => /rootless/.test(option));
      if (rootless) {
        return warn({
          seen: 'this Docker is rootless',
          why: 'The guest needs NET_ADMIN and /dev/kvm, which a rootless container often does not get.',
          fix: 'use the system’s Docker for desktops: docker context use default',
        });
      }
      const serious = (Warnings ?? []).find((text) => /No (swap|memory) limit|seccomp/i.test(text));
      return pass(`cgroup v${CgroupVersion}, driver ${CgroupDriver}${serious ? ` (${serious})` : ''}`);
    }),
  },
  {
    id: 'docker.preflight',
    link: 'desktop',
    title: 'the docker provider finds no other problem',
    needs: ['docker.daemon', 'docker.qcow2', 'machine.memory'],
    limitMs: 20_000,
    run: withDocker(async ({ own, config }) => {
      const [problem] = await own.preflight({ ...config, provider: 'docker' });
      if (problem === undefined) return pass('its preflight passes');
      return fail({ seen: problem.message, why: WHY, fix: problem.fix });
    }),
  },
];

function withDocker(run: (context: CheckContext, docker: DockerLook) => Promise<Finding>): Check['run'] {
  return async (context) => {
    if (!(await usesDocker(context))) return skip('desktops do not come from Docker here');
    return run(context, await context.looks.docker());
  };
}

function pidOf(label: string): number {
  return Number(/"pid":(\d+)/.exec(label)?.[1] ?? Number.NaN);
}
