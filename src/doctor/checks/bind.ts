/** The address that the env server listens on, against where the trainer comes from. */

import { isAnyAddress } from '../../host/sockets.js';
import { isLoopback } from '../../lib/addresses.js';
import { type Check, fail, pass, skip, warn } from '../check.js';

export const bindChecks: readonly Check[] = [
  {
    id: 'bind.family',
    link: 'bind',
    title: 'it listens on IPv4',
    needs: ['server.listening'],
    async run({ looks }) {
      const { listeners, url } = await looks.server();
      const addresses = listeners?.map(({ address }) => address) ?? [];
      if (addresses.length === 0) return skip('the sockets of this machine cannot be seen');
      // A socket on :: takes IPv4 as well, unless it was made to refuse it: then 127.0.0.1 refuses.
      const onlyV6 = addresses.every((address) => address.includes(':') && !address.startsWith('::ffff:'));
      const { health } = await looks.server();
      const asked = url.hostname.startsWith('[');
      if (!onlyV6 || (addresses.includes('::') && health.kind === 'answer' && !asked))
        return pass(addresses.join(', '));
      return fail({
        seen: `port ${url.port} is bound to IPv6 only (${addresses.join(', ')})`,
        why: 'The tunnel and the trainer dial 127.0.0.1, where nothing listens.',
        fix: 'arpo-env serve --host 127.0.0.1',
      });
    },
  },
  {
    id: 'bind.address',
    link: 'bind',
    title: 'it listens where the trainer comes from',
    needs: ['server.listening'],
    async run({ looks, topology, config }) {
      if (topology.kind === 'local') return skip('no cluster is named');
      const { listeners, url } = await looks.server();
      const addresses = listeners?.map(({ address }) => address) ?? [];
      if (addresses.length === 0) return skip('the sockets of this machine cannot be seen');
      if (topology.kind === 'direct') {
        if (addresses.some((address) => !isLoopback(address))) return pass(addresses.join(', '));
        return fail({
          seen: `port ${url.port} is bound to ${addresses.join(', ')}, and the trainer dials ${topology.trainerUrl.origin}`,
          why: 'From another machine that is "Connection refused".',
          fix: `arpo-env serve --host 0.0.0.0 --port ${url.port} --token-file token; or keep loopback and use a tunnel: arpo-env tunnel HOST`,
        });
      }
      const target = config.tunnel.url === undefined ? '127.0.0.1' : new URL(config.tunnel.url).hostname;
      const reached = addresses.some(
        (address) => isAnyAddress(address) || address === target || !isLoopback(target),
      );
      if (reached || addresses.some((address) => isLoopback(address) && target === 'localhost'))
        return pass(addresses.join(', '));
      return fail({
        seen: `port ${url.port} is bound to ${addresses.join(', ')}, and the tunnel leads to ${target}`,
        why: 'The tunnel finds nothing there and answers 502.',
        fix: 'arpo-env serve --host 127.0.0.1',
      });
    },
  },
  {
    id: 'bind.open',
    link: 'bind',
    title: 'what others can reach requires a token',
    needs: ['server.identity'],
    async run({ looks }) {
      const { listeners, kind } = await looks.server();
      const open = listeners?.find(({ address }) => !isLoopback(address));
      if (!open) return pass('only this machine reaches it');
      if (kind === 'locked' || (await looks.token()).token !== null) return pass('it asks for one');
      return warn({
        seen: `${open.address}:${open.port} answers without a token`,
        why: 'Whoever reaches the port controls the desktops.',
        fix: 'openssl rand -hex 32 > token && chmod 600 token, then arpo-env serve --token-file token; or listen on 127.0.0.1 behind a tunnel',
      });
    },
  },
];
