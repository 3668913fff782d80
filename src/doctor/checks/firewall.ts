/** This machine's own packet filters: ufw, iptables, nft. */

import { decideNft, parseNft } from '../../host/firewall/nft.js';
import { type Decision, decide, type Packet, parseIptables } from '../../host/firewall/packet-filter.js';
import { type Check, type Finding, fail, pass, skip } from '../check.js';
import type { CheckContext } from '../context.js';

const LIST_IPTABLES: [string, ...string[]] = ['iptables', '-S'];
const LIST_NFT: [string, ...string[]] = ['nft', '-j', 'list', 'ruleset'];
const NFT_MEND = 'see it: sudo nft -a list ruleset; then sudo nft delete rule FAMILY TABLE CHAIN handle N';

export const firewallChecks: readonly Check[] = [
  {
    id: 'firewall.loopback',
    link: 'firewall',
    title: 'nothing blocks the port on loopback',
    needs: [],
    async run(context) {
      const { machine, topology } = context;
      if (machine.platform !== 'linux') return skip(`${machine.platform} does not filter loopback`);
      const packet: Packet = {
        port: Number(topology.serverUrl.port || 80),
        source: '127.0.0.1',
        interface: 'lo',
      };
      const [rules, ruleset] = await Promise.all([asRoot(context, LIST_IPTABLES), asRoot(context, LIST_NFT)]);
      if (rules === null || ruleset === null) return notRoot();
      const byIptables = decide(parseIptables(rules), 'INPUT', packet);
      if (byIptables.verdict !== 'accept') {
        return blocked('iptables', byIptables, packet, `sudo iptables -I INPUT -i lo -j ACCEPT`);
      }
      const nft = parseNft(ruleset);
      const byNft = nft && decideNft(nft, packet);
      if (byNft && byNft.verdict !== 'accept') return blocked('nftables', byNft, packet, NFT_MEND);
      return pass(`port ${packet.port} is allowed`);
    },
  },
  {
    id: 'firewall.ufw',
    link: 'firewall',
    title: 'ufw allows the port',
    needs: [],
    run: fromOutside(async (context, packet) => {
      const active = /^ENABLED=yes/m.test((await context.machine.readText('/etc/ufw/ufw.conf')) ?? '');
      if (!active) return pass('ufw is off');
      const rules = await asRoot(context, LIST_IPTABLES);
      if (rules === null) return notRoot();
      const { verdict, by } = decide(parseIptables(rules), 'INPUT', packet);
      if (verdict === 'accept' || !/ufw|policy/.test(by))
        return pass(`ufw is on and allows port ${packet.port}`);
      const from = packet.source === null ? '' : ` from ${packet.source}`;
      return fail({
        seen: `ufw is on and blocks connections${from} to port ${packet.port}`,
        why: 'The trainer dials this machine, and its packets end here.',
        fix: `sudo ufw allow ${packet.source === null ? '' : `from ${packet.source} to any port `}${packet.port}${packet.source === null ? '/tcp' : ' proto tcp'}`,
      });
    }),
  },
  {
    id: 'firewall.iptables',
    link: 'firewall',
    title: 'iptables allows the port',
    needs: ['firewall.ufw'],
    run: fromOutside(async (context, packet) => {
      const rules = await asRoot(context, LIST_IPTABLES);
      if (rules === null) return notRoot();
      if (rules === '') return skip('there is no iptables');
      const decision = decide(parseIptables(rules), 'INPUT', packet);
      if (decision.verdict === 'accept') return pass(`port ${packet.port} is allowed`);
      return blocked(
        'iptables',
        decision,
        packet,
        `sudo iptables -I INPUT -p tcp --dport ${packet.port} -j ACCEPT`,
      );
    }),
  },
  {
    id: 'firewall.nft',
    link: 'firewall',
    title: 'nftables allows the port',
    needs: ['firewall.iptables'],
    run: fromOutside(async (context, packet) => {
      const text = await asRoot(context, LIST_NFT);
      if (text === null) return notRoot();
      const ruleset = parseNft(text);
      if (ruleset === null) return skip('there is no nft');
      const decision = decideNft(ruleset, packet);
      if (decision.verdict === 'accept') return pass(`port ${packet.port} is allowed`);
      return blocked('nftables', decision, packet, NFT_MEND);
    }),
  },
];

/** Only where the trainer dials this machine; a tunnel ends on loopback. */
function fromOutside(run: (context: CheckContext, packet: Packet) => Promise<Finding>): Check['run'] {
  return async (context) => {
    const { machine, topology } = context;
    if (topology.kind !== 'direct') return skip('nobody dials this machine from outside');
    if (machine.platform !== 'linux')
      return skip(`${machine.platform} asks its user when a program first listens`);
    const port = Number(topology.serverUrl.port || 80);
    return run(context, { port, source: await clusterAddress(context), interface: null });
  };
}

/** Where the cluster's connections come from, when its name says so. */
async function clusterAddress({ looks, machine, topology }: CheckContext): Promise<string | null> {
  if (topology.host === null) return null;
  const ssh = await looks.sshConfig();
  if (ssh.kind !== 'settings' || ssh.target.proxy !== null) return null;
  return (await machine.lookup(ssh.target.host))[0] ?? null;
}

/** '' when the program is missing; null when it takes root and we are not, and sudo would ask for a password. */
async function asRoot(
  { machine, signal }: CheckContext,
  argv: [string, ...string[]],
): Promise<string | null> {
  const command: [string, ...string[]] = machine.user.uid === 0 ? argv : ['sudo', '-n', ...argv];
  const { exitCode, stdout } = await machine.run(command, { signal });
  if (exitCode === 0) return stdout;
  return machine.user.uid === 0 ? '' : null;
}

function notRoot(): Finding {
  return skip('only root may read the rules: sudo arpo-env doctor --only firewall');
}

function blocked(what: string, { verdict, by }: Decision, { port, source }: Packet, fix: string): Finding {
  const result = verdict === 'drop' ? 'hangs until it times out' : 'is refused';
  return fail({
    seen: `${what} ${verdict}s connections to port ${port}${source ? ` from ${source}` : ''} (${by})`,
    why: `A connection to the env server ${result}, though the server listens.`,
    fix,
  });
}
