/** `nft -j list ruleset` (libnftables-json(5)) as chains of rules; an expression that is not known matches nothing. */
import { z } from 'zod';
import { parseJson } from '../../lib/json.js';
import {
  type Chain,
  type Decision,
  decide,
  inNetwork,
  type Packet,
  type Rule,
  type Verdict,
} from './packet-filter.js';

const entrySchema = z.looseObject({
  chain: z
    .looseObject({
      family: z.string(),
      table: z.string(),
      name: z.string(),
      hook: z.string().optional(),
      policy: z.string().optional(),
    })
    .optional(),
  rule: z
    .looseObject({
      family: z.string(),
      table: z.string(),
      chain: z.string(),
      expr: z.array(z.record(z.string(), z.unknown())),
    })
    .optional(),
});
const rulesetSchema = z.object({ nftables: z.array(entrySchema) });

/** iptables-nft keeps its rules there; `iptables -S` says all of them, nft's JSON of its matches only the names. */
const OF_IPTABLES = 'ip filter INPUT';

export interface Nft {
  chains: Map<string, Chain>;
  /** Names of the chains that every packet to this machine passes. */
  inputs: string[];
}

/** Null when it is not nft's JSON. */
export function parseNft(text: string): Nft | null {
  const ruleset = parseJson(text, rulesetSchema);
  if (ruleset === undefined) return null;
  const chains = new Map<string, Chain>();
  const inputs: string[] = [];
  for (const { chain, rule } of ruleset.nftables) {
    if (chain) {
      const key = `${chain.family} ${chain.table} ${chain.name}`;
      const policy: Verdict | null =
        chain.hook === undefined ? null : chain.policy === 'drop' ? 'drop' : 'accept';
      chains.set(key, { rules: [], policy });
      if (chain.hook === 'input' && chain.family !== 'ip6' && key !== OF_IPTABLES) inputs.push(key);
    }
    if (rule) {
      const table = `${rule.family} ${rule.table}`;
      chains.get(`${table} ${rule.chain}`)?.rules.push(parseRule(table, rule.chain, rule.expr));
    }
  }
  return { chains, inputs };
}

/** A packet passes only when every base chain lets it. */
export function decideNft({ chains, inputs }: Nft, packet: Packet): Decision {
  const decisions = inputs.map((input) => decide(chains, input, packet));
  return decisions.find(({ verdict }) => verdict !== 'accept') ?? { verdict: 'accept', by: 'every chain' };
}

function parseRule(table: string, chain: string, expressions: readonly Record<string, unknown>[]): Rule {
  const tests: ((packet: Packet) => boolean)[] = [];
  let action: Rule['action'] = 'continue';
  for (const expression of expressions) {
    const [[name, value] = ['', null]] = Object.entries(expression);
    if (name === 'match') tests.push(parseMatch(value));
    else if (name === 'accept' || name === 'drop') action = name;
    else if (name === 'reject' || name === 'return') action = name;
    else if (name === 'jump' || name === 'goto') action = { jump: `${table} ${targetOf(value)}` };
    else if (!['counter', 'log', 'comment'].includes(name)) tests.push(() => false);
  }
  return {
    text: `a rule in nft's ${table} ${chain}`,
    action,
    matches: (packet) => tests.every((test) => test(packet)),
  };
}

const matchSchema = z.object({ op: z.string(), left: z.record(z.string(), z.unknown()), right: z.unknown() });

function parseMatch(value: unknown): (packet: Packet) => boolean {
  const parsed = matchSchema.safeParse(value);
  if (!parsed.success) return () => false;
  const { op, left, right } = parsed.data;
  const not = op === '!=';
  const test = testOf(JSON.stringify(left), right);
  return test === null ? () => false : (packet) => test(packet) !== not;
}

function testOf(left: string, right: unknown): ((packet: Packet) => boolean) | null {
  const values = setOf(right);
  if (/"protocol":"tcp","field":"dport"|"protocol":"th","field":"dport"/.test(left)) {
    return ({ port }) => values.some((value) => holdsPort(value, port));
  }
  if (/"protocol":"ip","field":"saddr"/.test(left)) {
    return ({ source }) => values.some((value) => inNetwork(source, networkOf(value)));
  }
  if (/"field":"protocol"|"l4proto"/.test(left)) return () => values.includes('tcp') || values.includes(6);
  if (/"meta":\{"key":"iif(name)?"\}/.test(left)) {
    return (packet) => (packet.interface === 'lo') === values.includes('lo');
  }
  if (/"ct":\{"key":"state"\}/.test(left)) return () => values.includes('new');
  return null;
}

function setOf(right: unknown): unknown[] {
  const set = (right as { set?: unknown[] } | null)?.set;
  return Array.isArray(set) ? set : Array.isArray(right) ? right : [right];
}

function holdsPort(value: unknown, port: number): boolean {
  const range = (value as { range?: [number, number] } | null)?.range;
  return range ? port >= range[0] && port <= range[1] : value === port;
}

function networkOf(value: unknown): string {
  const prefix = (value as { prefix?: { addr: string; len: number } } | null)?.prefix;
  return prefix ? `${prefix.addr}/${prefix.len}` : String(value);
}

function targetOf(value: unknown): string {
  return String((value as { target?: string } | null)?.target);
}
