/** The way to the cluster, stage by stage: client, name, TCP, banner, host key, key file, authentication. */

import type { ClusterLook } from '../../cluster-facts/look.js';
import { hostAndPort } from '../../lib/addresses.js';
import { shellLine } from '../../shell-words.js';
import { addressText } from '../../ssh/host/address.js';
import { pastedCopyId, pastedSsh, pastedSshG } from '../../ssh/host/command-line.js';
import type { SshTarget } from '../../ssh/host/target.js';
import { knownName } from '../../ssh/login/known-hosts.js';
import type { SshStage } from '../../ssh/openssh/failure-stage.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import { commandFix } from '../command-fix.js';
import type { CheckContext } from '../context.js';
import { shPasted } from '../facts/shell-history.js';
import { clusterHost } from '../facts/ssh-config.js';
import { ENV_MACHINES } from '../role.js';

const WHY = 'Without a login there is no tunnel, and nothing of the cluster can be seen.';
const CONNECT_MS = 4000;
/** ssh's own connection and the script behind it. */
const LOOK_MS = 20_000;

export const sshChecks: readonly Check[] = [
  {
    id: 'ssh.client',
    link: 'ssh',
    title: 'there is an ssh program',
    needs: [],
    run: toHost(async ({ looks }) => {
      if ((await looks.sshConfig()).kind !== 'no-client') return pass('ssh');
      return fail({
        seen: 'there is no ssh program',
        why: WHY,
        fix: 'sudo apt-get install -y openssh-client',
      });
    }),
  },
  {
    id: 'ssh.config',
    link: 'ssh',
    title: 'ssh_config can be used',
    needs: ['ssh.client'],
    run: toHost(async ({ looks, topology }) => {
      const look = await looks.sshConfig();
      if (look.kind === 'refused') {
        return fail({
          seen: look.words,
          why: WHY,
          fix: look.fix,
        });
      }
      if (look.kind === 'no-client') return skip('there is no ssh');
      const { target } = look;
      return pass(`${topology.host} is ${addressText(target)}${target.proxy ? ', through a jump' : ''}`);
    }),
  },
  {
    id: 'ssh.script',
    link: 'ssh',
    title: 'nobody typed sh for ssh',
    needs: [],
    run: async ({ machine }) => {
      const command = await shPasted(machine);
      if (command === null) return pass('no `sh -i KEY.pem` in the shell history');
      return warn({
        seen: `the shell history has \`${command}\``,
        why: 'sh runs the key file as a script: "-----BEGIN: command not found".',
        fix: command.replace(/^\S+/, 'ssh'),
      });
    },
  },
  {
    id: 'ssh.name',
    link: 'ssh',
    title: 'its name resolves',
    needs: ['ssh.config'],
    run: withTarget(async ({ host, proxy }, context) => {
      const { machine } = context;
      if (proxy) return skip('the jump host resolves it');
      const addresses = await machine.lookup(host);
      if (addresses.length > 0) return pass(`${host} is ${addresses[0]}`);
      return fail({
        seen: `${host} has no address`,
        why: WHY,
        fix: `is the VPN up, the name right? ${pastedSshG(clusterHost(context))} | grep -i ^hostname; an alias belongs in ~/.ssh/config`,
      });
    }),
  },
  {
    id: 'ssh.tcp',
    link: 'ssh',
    title: 'its SSH port can be reached',
    needs: ['ssh.name'],
    run: withTarget(async ({ host, port, proxy }, { machine, signal }) => {
      if (proxy) return skip('the jump host dials it');
      const answer = await machine.connect(host, port, { signal, timeoutMs: CONNECT_MS });
      if (answer.kind === 'open') return pass(hostAndPort(host, port));
      const fixes = {
        refused: `is sshd running there, and on port ${port}? another one: -p PORT, or Port in ~/.ssh/config`,
        silent:
          'packets are dropped: is the VPN up? does a firewall in between admit you? On AWS the security group must admit port 22',
        unreachable: 'is this machine online, is the VPN up?',
      };
      return fail({ seen: `${hostAndPort(host, port)}: ${answer.words}`, why: WHY, fix: fixes[answer.kind] });
    }),
  },
  {
    id: 'ssh.banner',
    link: 'ssh',
    title: 'what answers there is an SSH server',
    needs: ['ssh.tcp'],
    run: withTarget(async ({ host, port, proxy }, { machine, signal }) => {
      if (proxy) return skip('the jump host dials it');
      const answer = await machine.connect(host, port, { signal, timeoutMs: CONNECT_MS, banner: true });
      if (answer.kind === 'open' && answer.banner.startsWith('SSH-')) return pass(answer.banner);
      const seen =
        answer.kind === 'open' && answer.banner !== ''
          ? `${hostAndPort(host, port)} says "${answer.banner.slice(0, 60)}", which is not SSH`
          : `${hostAndPort(host, port)} accepts connections and says nothing`;
      return fail({
        seen,
        why: WHY,
        fix: `is ${port} the SSH port? A server that is full (MaxStartups) or bans you says nothing too: try again in a minute`,
      });
    }),
  },
  {
    id: 'ssh.key-file',
    link: 'ssh',
    title: 'private keys are private',
    needs: ['ssh.config'],
    run: withTarget(async ({ identityFiles }, { machine }) => {
      for (const { path, required } of identityFiles) {
        if (path.endsWith('.pub')) continue; // for everybody to read: the agent has the other half
        const facts = await machine.stat(path);
        if (facts === null && required && (await machine.stat(`${path}.pub`)) === null) {
          return fail({
            seen: `the key ${path} does not exist`,
            why: WHY,
            fix: 'correct tunnel.identities, or --identity',
          });
        }
        if (facts === null || machine.platform === 'win32' || (facts.mode & 0o077) === 0) continue;
        const argv = ['chmod', '600', path] as const;
        return fail({
          seen: `${path} is readable by others (mode ${facts.mode.toString(8)})`,
          why: 'ssh does not use such a key: "UNPROTECTED PRIVATE KEY FILE".',
          fix: shellLine(argv),
          safeFix: commandFix(machine, argv),
        });
      }
      return pass('no key is readable by others');
    }),
  },
  {
    id: 'ssh.host-key',
    link: 'ssh',
    title: "the host's key is the known one",
    needs: ['ssh.banner'],
    limitMs: LOOK_MS,
    run: atStage('host-key', 'known', (words, target) => {
      const { name } = target;
      const changed = /CHANGED|changed/.test(words);
      return {
        seen: changed
          ? `the host key of ${name} is not the one in known_hosts`
          : `the host key of ${name} is not in known_hosts (${words})`,
        why: changed
          ? 'Either the machine was reinstalled, or somebody intercepts the connection: ssh refuses, and so do we.'
          : 'Nobody has confirmed yet that this is the right machine; a tunnel does not guess.',
        fix: changed
          ? `ask its administrator; if it was reinstalled: ${forgetKey(target)} && ${pastedSsh(target.destination)}`
          : `connect once by hand and compare the fingerprint: ${pastedSsh(target.destination)}`,
      };
    }),
  },
  {
    id: 'ssh.auth',
    link: 'ssh',
    title: 'it accepts our login',
    needs: ['ssh.host-key', 'ssh.key-file'],
    limitMs: LOOK_MS,
    run: atStage('auth', 'yes', (words, target) => ({
      seen: words,
      why: 'The tunnel reconnects without anybody at the keyboard: it needs a key that works without a password.',
      fix: `${pastedCopyId(target)}; a key with a passphrase goes into the agent: ssh-add; is the user right? ${pastedSshG(target.destination)} | grep ^user`,
    })),
  },
  {
    id: 'ssh.session',
    link: 'ssh',
    title: 'commands can be run there',
    needs: ['ssh.auth'],
    limitMs: LOOK_MS,
    roles: [...ENV_MACHINES, 'cluster'],
    async run(context) {
      const { looks, role } = context;
      const look = await looks.cluster();
      if (look.kind === 'none') return skip('no cluster is named: arpo-env doctor HOST');
      if (look.kind === 'facts')
        return pass(`${look.facts.user.name}@${look.facts.host}, ${look.facts.system}`);
      const fix =
        role === 'cluster' ? 'sh -c "echo it works"' : pastedSsh(clusterHost(context), ['echo it works']);
      return fail({ seen: look.words, why: 'Nothing of the cluster can be seen.', fix });
    },
  },
];

/** Skips where no cluster is named. */
function toHost(run: (context: CheckContext) => Promise<Finding>): Check['run'] {
  return async (context) =>
    context.topology.host === null ? skip('no cluster is named: arpo-env doctor HOST') : run(context);
}

function withTarget(run: (target: SshTarget, context: CheckContext) => Promise<Finding>): Check['run'] {
  return toHost(async (context) => {
    const look = await context.looks.sshConfig();
    return look.kind === 'settings' ? run(look.target, context) : skip('ssh does not say');
  });
}

/** A stage of the one connection that the cluster's facts come over. */
function atStage(
  stage: SshStage,
  fine: string,
  trouble: (words: string, target: SshTarget) => { seen: string; why: string; fix: string },
): Check['run'] {
  return withTarget(async (target, context) => {
    const look: ClusterLook = await context.looks.cluster();
    return look.kind === 'failed' && look.stage === stage ? fail(trouble(look.words, target)) : pass(fine);
  });
}

/** From the file in which ssh would keep the key. */
function forgetKey(target: SshTarget): string {
  const file = target.newHostKeysFile;
  return shellLine(['ssh-keygen', '-R', knownName(target), ...(file === null ? [] : ['-f', file])]);
}
