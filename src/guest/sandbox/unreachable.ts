/**
 * What a sandbox does not reach: this machine under each of its addresses, its neighbours and its cloud's metadata service.
 * The sandbox's own routes say so, which nobody inside may change.
 */
import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';

/** Networks that are not the internet (IANA's special-purpose registry); slirp4netns's own is a more specific route. */
const NOT_THE_INTERNET = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** All that this machine's kernel takes for itself, or for what is at the other end of a cable. */
const ROUTES = '/proc/net/fib_trie';
/** Greater ones are no neighbourhood: some VPNs have the whole internet at the other end. */
const NEIGHBOURHOOD_BITS = 16;
const WATCH_MS = 1000;

/** As `ip route` writes them. Throws the system's error where the routes cannot be read. */
export async function unreachableNetworks(): Promise<string[]> {
  return [...new Set([...NOT_THE_INTERNET, ...ownNetworks(await readFile(ROUTES, 'utf8'))])];
}

/** Beside those that are unreachable anyway, and the loopback, which inside is the sandbox's. */
export function ownNetworks(routes: string): string[] {
  const anyway = new BlockList();
  for (const network of [...NOT_THE_INTERNET, '127.0.0.0/8']) {
    const [address = '', bits] = network.split('/');
    anyway.addSubnet(address, Number(bits));
  }
  const networks: string[] = [];
  let address = '';
  for (const line of routes.split('\n')) {
    address = /^\s*\|-- (\S+)$/.exec(line)?.[1] ?? address;
    const [, bits = '', kind] = /^\s*\/(\d+) (host LOCAL|link UNICAST)/.exec(line) ?? [];
    const isOwn = kind === 'host LOCAL' || (kind !== undefined && Number(bits) >= NEIGHBOURHOOD_BITS);
    if (isOwn && !anyway.check(address)) networks.push(`${address}/${bits}`);
  }
  return networks;
}

/** `add` hears what becomes unreachable beside `known`: this machine may get a further address at any time. */
export function watchNetworks(known: readonly string[], add: (network: string) => void): AsyncDisposable {
  const told = new Set(known);
  const look = async () => {
    for (const network of await unreachableNetworks().catch(() => [])) {
      if (told.has(network)) continue;
      told.add(network);
      add(network);
    }
  };
  const timer = setInterval(() => void look(), WATCH_MS).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
    },
  };
}
