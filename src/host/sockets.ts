/** Addresses as the kernel's socket tables write them (proc(5), /proc/net/tcp). */

export interface Listener {
  address: string;
  port: number;
  uid: number;
}

/** ESTABLISHED, and FIN_WAIT1 and 2: who has said all listens on. */
const CONNECTED = ['01', '04', '05'];

/** Listening sockets of both tables' text. */
export function parseListeners(tables: readonly string[]): Listener[] {
  return rows(tables).flatMap(({ local, state, uid }) => (state === '0A' ? [{ ...local, uid }] : []));
}

/** Inodes of the sockets that listen on `port`, by which processes name them. */
export function listeningInodes(tables: readonly string[], port: number): Set<string> {
  const found = rows(tables).filter(({ local, state }) => state === '0A' && local.port === port);
  return new Set(found.map(({ inode }) => inode));
}

/** Addresses of the other ends of connections that `port` has accepted. */
export function parsePeers(tables: readonly string[], port: number): string[] {
  const found = rows(tables).filter(({ local, state }) => state === '01' && local.port === port);
  return [...new Set(found.map(({ remote }) => withoutMapping(remote.address)))];
}

/** By whom this machine's connections were made. Only the rows that are asked for are read: of closed ones there may be tens of thousands. */
export class ConnectionOwners {
  /** By the local port, as it stands there. */
  readonly #rows = new Map<string, string[]>();

  constructor(tables: readonly string[]) {
    for (const line of tables.flatMap((table) => table.split('\n').slice(1))) {
      const at = line.indexOf(':', line.indexOf(':') + 1) + 1;
      const port = line.slice(at, at + 4);
      const known = this.#rows.get(port);
      if (known) known.push(line);
      else this.#rows.set(port, [line]);
    }
  }

  /**
   * The user whose socket is connected from `from` to port `to` of this machine; null when none is. What was closed
   * belongs to nobody any more, though the table then says root: it has no inode.
   */
  of(from: { address: string; port: number }, to: number): number | null {
    const address = withoutMapping(from.address);
    const lines = this.#rows.get(from.port.toString(16).toUpperCase().padStart(4, '0')) ?? [];
    const found = lines
      .flatMap(parseRow)
      .find(
        ({ local, remote, state, inode }) =>
          CONNECTED.includes(state) &&
          inode !== '0' &&
          remote.port === to &&
          withoutMapping(local.address) === address,
      );
    return found?.uid ?? null;
  }
}

/** An IPv4 address as it stands in an IPv6 socket. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:/, '');
}

export function isAnyAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || address === '*';
}

/** `0100007F:46A2` → 127.0.0.1 and 18082. */
export function parseSocketAddress(text: string): { address: string; port: number } {
  const [hex = '', port = ''] = text.split(':');
  return { address: hex.length === 8 ? ipv4(hex) : ipv6(hex), port: Number.parseInt(port, 16) };
}

function rows(tables: readonly string[]) {
  return tables.flatMap((table) => table.split('\n').slice(1)).flatMap(parseRow);
}

function parseRow(line: string) {
  // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode; state 0A is LISTEN.
  const [, local, remote, state, , , , uid, , inode = ''] = line.trim().split(/\s+/);
  if (!local || !remote || !state) return [];
  const ends = { local: parseSocketAddress(local), remote: parseSocketAddress(remote) };
  return [{ ...ends, state, uid: Number(uid), inode }];
}

/** The kernel prints each 32-bit word in the machine's byte order: little-endian on all that we run on. */
function wordBytes(word: string): number[] {
  return [3, 2, 1, 0].map((index) => Number.parseInt(word.slice(index * 2, index * 2 + 2), 16));
}

function ipv4(hex: string): string {
  return wordBytes(hex).join('.');
}

function ipv6(hex: string): string {
  const bytes = [0, 8, 16, 24].flatMap((at) => wordBytes(hex.slice(at, at + 8)));
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255) {
    return `::ffff:${bytes.slice(12).join('.')}`;
  }
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) =>
    (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16),
  );
  // The URL parser writes the shortest form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
