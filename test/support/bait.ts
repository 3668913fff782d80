/** What a machine has that is not for its desktops: listeners, an interface with addresses, sockets and files; root lays them out and takes them away. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

export const INTERFACE = 'arpo-e2e';
export const ABSTRACT_SOCKET = 'arpo-env-e2e';
export const MARK = '/tmp/arpo-env-e2e-mark';
export const SOCKETS = '/run/arpo-env-e2e';
const TUN = '/dev/net/tun';
/** TEST-NET-2 (RFC 5737): nobody's, and the sandbox takes it for the internet. */
export const BEFORE = ['10.213.7.1', '198.51.100.71'];
/** The machine's side: listeners, an interface with addresses, sockets and files that are not for desktops. */
export class Bait implements AsyncDisposable {
  readonly #parts: (() => void)[] = [];
  port = 0;

  static async lay(): Promise<Bait> {
    const bait = new Bait();
    const ip = (...args: string[]) => execFileSync('ip', args);
    ip('tuntap', 'add', 'dev', INTERFACE, 'mode', 'tap');
    bait.#parts.push(() => ip('link', 'del', INTERFACE));
    for (const address of BEFORE) ip('addr', 'add', `${address}/32`, 'dev', INTERFACE);
    ip('link', 'set', INTERFACE, 'up');
    const greet = () => createServer((client) => client.on('error', () => undefined).end('hello'));
    bait.port = await bait.#listen(greet(), { host: '::', port: 0 });
    const udp = createSocket({ type: 'udp6' }, (_bytes, { address, port }) =>
      udp.send('hello', port, address),
    );
    udp.bind(bait.port, '::');
    await once(udp, 'listening');
    bait.#parts.push(() => udp.close());
    mkdirSync(SOCKETS, { recursive: true });
    bait.#parts.push(() => rmSync(SOCKETS, { recursive: true, force: true }));
    await bait.#listen(greet(), { path: `${SOCKETS}/ssh-agent` });
    chmodSync(`${SOCKETS}/ssh-agent`, 0o777);
    await bait.#listen(greet(), { path: `\0${ABSTRACT_SOCKET}` });
    writeFileSync(MARK, 'a file of this machine');
    bait.#parts.push(() => rmSync(MARK, { force: true }));
    const mode = statSync(TUN).mode & 0o777;
    chmodSync(TUN, 0o666);
    bait.#parts.push(() => chmodSync(TUN, mode));
    return bait;
  }

  async #listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<number> {
    server.listen(where);
    await once(server, 'listening');
    this.#parts.push(() => server.close());
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#parts.reverse()) undo();
  }
}
