/** What a packet filter does with one packet: the rules of iptables and of nft in one small form. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** A new TCP connection to this machine. */
export interface Packet {
  port: number;
  /** Null when it is not known: then a rule for certain sources matches nothing. */
  source: string | null;
  /** `lo`, or null for any other. */
  interface: 'lo' | null;
}

export type Verdict = 'accept' | 'drop' | 'reject';

export interface Rule {
  /** As its owner would recognize it. */
  text: string;
  matches(packet: Packet): boolean;
  action: Verdict | 'return' | 'continue' | { jump: string };
}

export interface Chain {
  rules: Rule[];
  /** What happens at its end; null returns to the caller. */
  policy: Verdict | null;
}

export interface Decision {
  verdict: Verdict;
  /** The rule, or `policy of CHAIN`. */
  by: string;
}

const DEEPEST = 16;

export function decide(chains: ReadonlyMap<string, Chain>, start: string, packet: Packet): Decision {
  const decision = walk(chains, start, packet, 0);
  if (decision) return decision;
  return { verdict: chains.get(start)?.policy ?? 'accept', by: `the policy of ${start}` };
}

function walk(
  chains: ReadonlyMap<string, Chain>,
  name: string,
  packet: Packet,
  depth: number,
): Decision | null {
  if (depth > DEEPEST) return null;
  for (const { matches, action, text } of chains.get(name)?.rules ?? []) {
    if (!matches(packet) || action === 'continue') continue;
    if (action === 'return') return null;
    if (typeof action === 'string') return { verdict: action, by: text };
    const decision = walk(chains, action.jump, packet, depth + 1);
    if (decision) return decision;
  }
  return null;
}

export function inNetwork(address: string | null, network: string): boolean {
  const [base = '', prefix] = network.split('/');
  const family = isIPv4(base) ? 'ipv4' : isIPv6(base) ? 'ipv6' : null;
  const length = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix);
  if (length === 0) return true;
  if (family === null || address === null) return false;
  if (isIPv4(address) !== (family === 'ipv4')) return false;
  const list = new BlockList();
  list.addSubnet(base, length, family);
  return list.check(address, family);
}

/** `iptables -S` (iptables(8)); what a rule asks that is not known here makes it match nothing. */
export function parseIptables(text: string): Map<string, Chain> {
  const chains = new Map<string, Chain>();
  for (const line of text.split('\n')) {
    const [command, name = '', ...words] = line.trim().split(/\s+/);
    if (command === '-P') chains.set(name, { rules: [], policy: verdictOf(words[0]) });
    else if (command === '-N') chains.set(name, { rules: [], policy: null });
    else if (command === '-A') chains.get(name)?.rules.push(parseRule(line.trim(), words));
  }
  return chains;
}

function parseRule(text: string, words: readonly string[]): Rule {
  const tests: ((packet: Packet) => boolean)[] = [];
  let action: Rule['action'] = 'continue';
  let negated = false;
  const add = (test: (packet: Packet) => boolean) => {
    const not = negated;
    tests.push((packet) => test(packet) !== not);
    negated = false;
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const value = words[at + 1] ?? '';
    switch (word) {
      case '!':
        negated = true;
        continue;
      case '-p':
        add(() => value === 'tcp' || value === 'all');
        break;
      case '--dport':
      case '--dports':
        add(({ port }) => value.split(',').some((range) => inRange(port, range)));
        break;
      case '-s':
        add(({ source }) => inNetwork(source, value));
        break;
      case '-i':
        add((packet) => (packet.interface === 'lo') === (value === 'lo'));
        break;
      case '--ctstate':
      case '--state':
        add(() => value.split(',').includes('NEW'));
        break;
      case '--dst-type':
        // The packet is for this machine (ufw drops what is not).
        add(() => value === 'LOCAL');
        break;
      case '--tcp-flags':
        at += 1; // it has two values
        break;
      case '-j':
        action = actionOf(value);
        break;
      case '-m':
      case '--comment':
      case '--reject-with':
      case '--log-prefix':
      case '--log-level':
        break;
      default:
        // -d, sets, limits, owners …: whether it fits is not known, so it is not relied on.
        if (word.startsWith('-')) add(() => false);
        continue;
    }
    at += 1;
  }
  return { text, action, matches: (packet) => tests.every((test) => test(packet)) };
}

function actionOf(target: string): Rule['action'] {
  if (target === 'RETURN') return 'return';
  if (['LOG', 'NFLOG', 'CONNMARK', 'MARK'].includes(target)) return 'continue';
  return ['ACCEPT', 'DROP', 'REJECT'].includes(target) ? verdictOf(target) : { jump: target };
}

function verdictOf(word: string | undefined): Verdict {
  return word === 'DROP' ? 'drop' : word === 'REJECT' ? 'reject' : 'accept';
}

function inRange(port: number, range: string): boolean {
  const [from = 0, to = from] = range.split(/[:-]/).map(Number);
  return port >= from && port <= to;
}
