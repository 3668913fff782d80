/**
 * Docker over SSH as the docker command does it: the user's own `ssh` runs `docker system dial-stdio` on the host, so
 * that ~/.ssh/config, known_hosts and agents hold as always. ssh shares one connection among all channels.
 */
import { Agent } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type Duplex, pipeline } from 'node:stream';
import { ownTemporaryFolder } from '../../lib/own-folder.js';
import { shellQuote } from '../../shell-words.js';
import { type SshCall, type SshDestination, sshArgs } from '../../ssh/host/command-line.js';
import { sshDestination } from './daemon-address.js';
import { SshChannel } from './ssh-channel.js';

/** A TCP port of this machine's loopback that leads to one of the SSH host's loopback. Disposing closes it. */
export interface ForwardedPort extends AsyncDisposable {
  readonly port: number;
}

/** Seconds that the shared connection outlives its last channel. */
const PERSIST_SECONDS = 20;

export class SshAgent extends Agent {
  readonly #destination: SshDestination;
  readonly #settings: SshCall['settings'];
  readonly #dial: readonly string[];

  /** `ssh://user@host:port`, perhaps with the path of the daemon's socket there. */
  constructor(url: URL) {
    super({ keepAlive: false });
    this.#destination = sshDestination(url);
    this.#settings = {
      BatchMode: 'yes',
      ConnectTimeout: 10,
      ControlMaster: 'auto',
      ControlPath: join(ownTemporaryFolder('arpo-env-ssh'), '%C'),
      ControlPersist: PERSIST_SECONDS,
    };
    const socket = url.pathname.length > 1 ? ['--host', shellQuote(`unix://${url.pathname}`)] : [];
    this.#dial = ['docker', ...socket, 'system', 'dial-stdio'];
  }

  /** Called by node:http for each request. */
  override createConnection(): Duplex {
    return this.#channel(['-T'], this.#dial);
  }

  async forward(remotePort: number): Promise<ForwardedPort> {
    const streams = new Set<Duplex>();
    const server = createServer((client) => {
      const channel = this.#channel(['-W', `127.0.0.1:${remotePort}`]);
      for (const stream of [client, channel]) {
        streams.add(stream);
        stream.once('close', () => streams.delete(stream));
      }
      // Either end closing or failing closes the other: the client sees a connection that was cut, as it would directly.
      pipeline(client, channel, client, () => undefined);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return {
      port: (server.address() as AddressInfo).port,
      [Symbol.asyncDispose]: async () => {
        for (const stream of streams) stream.destroy();
        if (server.listening) await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  #channel(flags: readonly string[], command: readonly string[] = []): Duplex {
    const args = sshArgs(this.#destination, { flags, settings: this.#settings });
    return new SshChannel([...args, ...command]);
  }
}
