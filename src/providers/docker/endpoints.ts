/** From the ports that Docker chose to the addresses at which a desktop is reached from here. */
import type Docker from 'dockerode';
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { ArpoEnvError } from '../../errors.js';
import { GUEST_PORTS } from './container-options.js';
import type { Daemon } from './daemon.js';
import type { ForwardedPort } from './ssh-agent.js';

export interface Published {
  endpoints: DesktopEndpoints;
  /** Ports of this machine that lead to the daemon's; the caller closes them. */
  forwards: ForwardedPort[];
}

type PortMap = Docker.ContainerInspectInfo['NetworkSettings']['Ports'];

export async function publishedEndpoints(
  daemon: Daemon,
  ports: PortMap,
  publishAddress: string,
): Promise<Published> {
  const forwards: ForwardedPort[] = [];
  const host = reachableHost(daemon, publishAddress);
  const endpoint = async (guestPort: number): Promise<URL> => {
    let port = chosenPort(ports, guestPort);
    if (daemon.ssh) {
      const forward = await daemon.ssh.forward(port);
      forwards.push(forward);
      port = forward.port;
    }
    return new URL(`http://${host}:${port}/`);
  };
  try {
    const [agent, cdp, watch, vlc] = await Promise.all([
      endpoint(GUEST_PORTS.agent),
      endpoint(GUEST_PORTS.cdp),
      endpoint(GUEST_PORTS.watch),
      endpoint(GUEST_PORTS.vlc),
    ]);
    return { endpoints: { agent, cdp, watch, vlc }, forwards };
  } catch (error) {
    await Promise.all(forwards.map((forward) => forward[Symbol.asyncDispose]()));
    throw error;
  }
}

function chosenPort(ports: PortMap, guestPort: number): number {
  const port = Number(ports[`${guestPort}/tcp`]?.[0]?.HostPort);
  if (port > 0) return port;
  // It ended between its start and this look: Docker takes the ports back at once.
  throw new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `the container published no port for its ${guestPort}; it ended as soon as it was started`,
    fix: 'does the image run here at all? docker run --rm -it IMAGE',
  });
}

function reachableHost({ isLocal, ssh, address }: Daemon, publishAddress: string): string {
  const isAny = publishAddress === '0.0.0.0' || publishAddress === '::';
  if (ssh || (isAny && isLocal)) return '127.0.0.1';
  if (isAny) return address.url.hostname;
  return publishAddress.includes(':') ? `[${publishAddress}]` : publishAddress;
}
