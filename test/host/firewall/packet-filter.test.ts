import { describe, expect, it } from 'vitest';
import { decideNft, parseNft } from '../../../src/host/firewall/nft.js';
import { decide, inNetwork, type Packet, parseIptables } from '../../../src/host/firewall/packet-filter.js';

const outside: Packet = { port: 15001, source: '198.51.100.20', interface: null };
const loopback: Packet = { port: 15001, source: '127.0.0.1', interface: 'lo' };

function verdict(rules: string, packet = outside): string {
  return decide(parseIptables(rules), 'INPUT', packet).verdict;
}

describe('iptables', () => {
  it.each([
    ['no rule, policy accept', '-P INPUT ACCEPT', 'accept'],
    ['no rule, policy drop', '-P INPUT DROP', 'drop'],
    ['the port is dropped', '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 15001 -j DROP', 'drop'],
    ['another port is dropped', '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j DROP', 'accept'],
    [
      'a range is rejected',
      '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 15000:15010 -j REJECT --reject-with tcp-reset',
      'reject',
    ],
    ['several ports', '-P INPUT DROP\n-A INPUT -p tcp -m multiport --dports 22,15001 -j ACCEPT', 'accept'],
    [
      'the first rule wins',
      '-P INPUT ACCEPT\n-A INPUT -p tcp --dport 15001 -j ACCEPT\n-A INPUT -j DROP',
      'accept',
    ],
    ['UDP is another matter', '-P INPUT ACCEPT\n-A INPUT -p udp --dport 15001 -j DROP', 'accept'],
    [
      'its network is admitted',
      '-P INPUT DROP\n-A INPUT -s 198.51.100.0/24 -p tcp --dport 15001 -j ACCEPT',
      'accept',
    ],
    [
      'another network is admitted',
      '-P INPUT DROP\n-A INPUT -s 203.0.113.0/24 -p tcp --dport 15001 -j ACCEPT',
      'drop',
    ],
    [
      'all but a network are dropped',
      '-P INPUT ACCEPT\n-A INPUT ! -s 203.0.113.0/24 -p tcp --dport 15001 -j DROP',
      'drop',
    ],
    [
      'only established ones',
      '-P INPUT DROP\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      'drop',
    ],
    [
      'a chain that returns',
      '-P INPUT DROP\n-N sub\n-A sub -p tcp --dport 15001 -j RETURN\n-A sub -j ACCEPT\n-A INPUT -j sub',
      'drop',
    ],
    [
      'a chain that accepts',
      '-P INPUT DROP\n-N sub\n-A sub -p tcp --dport 15001 -j ACCEPT\n-A INPUT -j LOG\n-A INPUT -j sub',
      'accept',
    ],
    [
      'what is not for this machine is dropped, as by ufw',
      '-P INPUT ACCEPT\n-N not-local\n-A not-local -m addrtype --dst-type LOCAL -j RETURN\n-A not-local -j DROP\n-A INPUT -j not-local',
      'accept',
    ],
    ['chains in a circle', '-P INPUT DROP\n-N a\n-N b\n-A a -j b\n-A b -j a\n-A INPUT -j a', 'drop'],
    [
      'what is not understood is not relied on',
      '-P INPUT DROP\n-A INPUT -m set --match-set x src -j ACCEPT',
      'drop',
    ],
  ])('%s', (_name, rules, expected) => {
    expect(verdict(rules)).toBe(expected);
  });

  it('knows loopback', () => {
    const rules = '-P INPUT DROP\n-A INPUT -i lo -j ACCEPT';
    expect(verdict(rules, loopback)).toBe('accept');
    expect(verdict(rules, outside)).toBe('drop');
  });

  it('counts no rule for certain sources when the source is not known', () => {
    const rules = '-P INPUT DROP\n-A INPUT -s 203.0.113.0/24 -j ACCEPT';
    expect(verdict(rules, { ...outside, source: null })).toBe('drop');
  });
});

describe('inNetwork', () => {
  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '0.0.0.0/0', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['2001:db8::1', '2001:db8::/32', true],
    ['10.1.2.3', '2001:db8::/32', false],
    [null, '0.0.0.0/0', true],
    [null, '10.0.0.0/8', false],
  ])('%s in %s: %s', (address, network, expected) => {
    expect(inNetwork(address, network)).toBe(expected);
  });
});

describe('nftables', () => {
  const chain = (policy: string) => ({
    chain: { family: 'inet', table: 't', name: 'in', hook: 'input', policy },
  });
  const rule = (...expr: object[]) => ({ rule: { family: 'inet', table: 't', chain: 'in', expr } });
  const dport = (right: unknown) => ({
    match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right },
  });
  const saddr = (addr: string, len: number) => ({
    match: {
      op: '==',
      left: { payload: { protocol: 'ip', field: 'saddr' } },
      right: { prefix: { addr, len } },
    },
  });

  function nftVerdict(...entries: object[]): string | undefined {
    const ruleset = parseNft(JSON.stringify({ nftables: entries }));
    return ruleset ? decideNft(ruleset, outside).verdict : undefined;
  }

  it("leaves iptables-nft's own table to iptables", () => {
    const own = { family: 'ip', table: 'filter', name: 'INPUT', hook: 'input', policy: 'drop' };
    expect(nftVerdict({ chain: own })).toBe('accept');
  });

  it('walks rules, sets, ranges and prefixes', () => {
    expect(nftVerdict(chain('accept'), rule(dport(15001), { drop: null }))).toBe('drop');
    expect(nftVerdict(chain('accept'), rule(dport({ set: [22, 15001] }), { reject: null }))).toBe('reject');
    expect(
      nftVerdict(chain('accept'), rule(dport({ set: [{ range: [15000, 15010] }] }), { drop: null })),
    ).toBe('drop');
    expect(nftVerdict(chain('accept'), rule(dport(22), { drop: null }))).toBe('accept');
    expect(
      nftVerdict(chain('drop'), rule(saddr('198.51.100.0', 24), { counter: {} }, { accept: null })),
    ).toBe('accept');
    expect(nftVerdict(chain('drop'), rule(saddr('203.0.113.0', 24), { accept: null }))).toBe('drop');
    expect(nftVerdict(chain('drop'), rule({ something: 'new' }, { accept: null }))).toBe('drop');
  });

  it('does not take other output for rules', () => {
    expect(parseNft('')).toBeNull();
    expect(parseNft('{}')).toBeNull();
  });
});
