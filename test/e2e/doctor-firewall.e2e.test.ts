/** The fault table against the kernel's packet filter, each time in a network namespace of its own. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { describeWith } from '../support/components.js';
import { realFaultTable } from '../support/fault-table.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

interface Report {
  verdict: { kind: string; check?: string; seen?: string; fix?: string };
}

const DIRECT = 'cluster: { host: 198.51.100.20, envUrl: "http://198.51.100.7:18099" }';

/** The rules count in a network namespace of their own, and what they write is a copy: this machine's are left alone. */
async function verdictWith(rules: string, more: string): Promise<Report['verdict']> {
  using folder = new TemporaryFolder({
    'arpo-env.config.yaml': `provider: sim\nserver: { port: 18099, host: 0.0.0.0, insecure: true }\n${more}\n`,
  });
  const script = `set -e; ip link set lo up; { ${rules}; } >&2; exec "$0" "$@"`;
  const command = [process.execPath, bin, 'doctor', '--role', 'vm', '--json', '--only', 'firewall'];
  const { stdout, stderr } = await execa('unshare', ['--net', '--mount', 'sh', '-c', script, ...command], {
    cwd: folder.path,
    env: {
      HOME: folder.path,
      ARPO_ENV_STATE_DIR: folder.path,
      PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
    },
    reject: false,
  });
  if (!stdout.startsWith('{"role"')) throw new Error(`${stdout}${stderr}`);
  return (JSON.parse(stdout) as Report).verdict;
}

describeWith('iptables', 'arpo-env doctor against the kernel’s packet filter', () => {
  const names = realFaultTable('iptables and nftables in network namespaces');
  const nft = (rule: string) =>
    `nft 'add table inet t; add chain inet t in { type filter hook input priority 0; policy accept; }; add rule inet t in ${rule}'`;

  it.runIf(process.getuid?.() === 0).each([
    [
      'iptables on loopback',
      'iptables -A INPUT -p tcp --dport 18099 -j DROP',
      '',
      'firewall.loopback',
      '--dport 18099 -j DROP',
    ],
    ['nftables on loopback', nft('tcp dport { 22, 18099 } drop'), '', 'firewall.loopback', "nft's inet t in"],
    [
      'iptables, from outside',
      'iptables -A INPUT ! -i lo -p tcp --dport 18000:18999 -j REJECT',
      DIRECT,
      'firewall.iptables',
      '-j REJECT',
    ],
    [
      'iptables, other sources',
      'iptables -P INPUT DROP; iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -s 203.0.113.0/24 -j ACCEPT',
      DIRECT,
      'firewall.iptables',
      'the policy of INPUT',
    ],
    [
      'nftables, from outside',
      nft('ip saddr 198.51.100.0/24 tcp dport 18099 reject'),
      DIRECT,
      'firewall.nft',
      'reject',
    ],
    ['nftables, other sources', nft('ip saddr 203.0.113.0/24 tcp dport 18099 drop'), DIRECT, 'healthy', ''],
  ])('%s', async (fault, rules, more, check, seen) => {
    const verdict = await verdictWith(rules, more);
    names(fault, verdict, check);
    expect(verdict.seen ?? '').toContain(seen);
  });
});

describeWith('ufw', 'arpo-env doctor against ufw', () => {
  const names = realFaultTable('ufw in network namespaces');
  const enable = 'cp -a /etc/ufw ufw; mount --bind ufw /etc/ufw; ufw --force enable; ufw allow 22/tcp';

  it.runIf(process.getuid?.() === 0).each([
    ['ufw knows SSH only', enable, 'firewall.ufw'],
    ['ufw denies the port', `${enable}; ufw deny 18099`, 'firewall.ufw'],
    ['ufw admits another network', `${enable}; ufw allow from 203.0.113.0/24`, 'firewall.ufw'],
    ['ufw admits the port', `${enable}; ufw allow 18099/tcp`, 'healthy'],
    ['ufw admits the cluster', `${enable}; ufw allow from 198.51.100.20 to any port 18099`, 'healthy'],
    ['ufw is off', ':', 'healthy'],
  ])('%s', async (fault, rules, check) => {
    names(fault, await verdictWith(rules, DIRECT), check);
  });
});
