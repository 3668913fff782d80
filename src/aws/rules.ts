/** Whether EC2's filters let a new TCP connection through. */
import { inNetwork } from '../host/firewall/packet-filter.js';
import type { AclEntry, IngressRule, SecurityGroup, Source } from './cloud-facts.js';

export type Admission =
  | { kind: 'admitted'; by: string }
  /** Some rule is for the port, and none for this source. */
  | { kind: 'other-sources'; sources: string }
  /** Where the trainer comes from is not known, and the port is not open to all. */
  | { kind: 'unknown-source'; sources: string }
  | { kind: 'closed' };

type PrefixLists = ReadonlyMap<string, readonly string[]>;

/** Security groups only admit; their rules add up. */
export function admission(
  groups: readonly SecurityGroup[],
  port: number,
  source: Source,
  lists: PrefixLists,
): Admission {
  const rules = groups.flatMap(({ id, ingress }) =>
    ingress.filter((rule) => isFor(rule, port)).map((rule) => ({ id, rule })),
  );
  const match = rules.find(({ rule }) => admits(rule, source, lists));
  if (match) return { kind: 'admitted', by: match.id };
  if (rules.length === 0) return { kind: 'closed' };
  const sources = rules
    .flatMap(({ rule }) => [...rule.cidrs, ...rule.prefixListIds, ...rule.groupIds])
    .join(', ');
  return { kind: source.addresses.length === 0 ? 'unknown-source' : 'other-sources', sources };
}

/** The first entry that fits decides, in the order of their numbers; without one it is denied. */
export function aclDenies(
  entries: readonly AclEntry[],
  { egress, port, address }: { egress: boolean; port: number; address: string },
): AclEntry | 'default' | null {
  const ordered = entries.filter((entry) => entry.egress === egress).sort((a, b) => a.number - b.number);
  if (ordered.length === 0) return null;
  const first = ordered.find(
    ({ protocol, fromPort, toPort, cidr }) =>
      (protocol === '-1' || (protocol === '6' && port >= fromPort && port <= toPort)) &&
      inNetwork(address, cidr),
  );
  if (!first) return 'default';
  return first.allow ? null : first;
}

function isFor({ protocol, fromPort, toPort }: IngressRule, port: number): boolean {
  return protocol === '-1' || (protocol === 'tcp' && port >= fromPort && port <= toPort);
}

function admits(
  { cidrs, prefixListIds, groupIds }: IngressRule,
  source: Source,
  lists: PrefixLists,
): boolean {
  if (groupIds.some((id) => source.groups.includes(id))) return true;
  const ranges = [...cidrs, ...prefixListIds.flatMap((id) => lists.get(id) ?? [])];
  if (ranges.some((range) => range.endsWith('/0'))) return true;
  return source.addresses.some((address) => ranges.some((range) => inNetwork(address, range)));
}
