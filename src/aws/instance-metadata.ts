/** What an EC2 instance says about itself: the instance metadata service, version 2 (IMDSv2: a token first). */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface InstanceMetadata {
  instanceId: string;
  region: string;
  privateIp: string;
  /** Null for an instance without one. */
  publicIp: string | null;
  /** Of its first network interface; null and empty where the service does not say. */
  subnetId: string | null;
  groupIds: readonly string[];
}

const DEFAULT_ENDPOINT = 'http://169.254.169.254';
/** It is on the same host: it answers at once or it is not there. */
const LIMIT_MS = 1000;

/** Null where no such service answers. `AWS_EC2_METADATA_SERVICE_ENDPOINT` is the SDKs' own variable for another place. */
export async function readInstanceMetadata(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<InstanceMetadata | null> {
  const base = env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? DEFAULT_ENDPOINT;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const token = await ask(new URL('/latest/api/token', base), limit, 'PUT', {
      'x-aws-ec2-metadata-token-ttl-seconds': '60',
    });
    const get = (name: string) =>
      ask(new URL(`/latest/meta-data/${name}`, base), limit, 'GET', {
        'x-aws-ec2-metadata-token': token ?? '',
      });
    const [instanceId, region, privateIp, publicIp, mac] = await Promise.all(
      ['instance-id', 'placement/region', 'local-ipv4', 'public-ipv4', 'mac'].map(get),
    );
    if (!instanceId || !region || !privateIp) return null;
    const [subnetId, groups] = await Promise.all(
      ['subnet-id', 'security-group-ids'].map((item) =>
        mac ? get(`network/interfaces/macs/${mac}/${item}`) : null,
      ),
    );
    return {
      ...{ instanceId, region, privateIp, publicIp: publicIp ?? null, subnetId: subnetId ?? null },
      groupIds: groups?.split(/\s+/).filter(Boolean) ?? [],
    };
  } catch {
    signal.throwIfAborted();
    return null; // no such service here
  }
}

/** Null for a 404: that item does not exist on this instance. */
async function ask(
  url: URL,
  signal: AbortSignal,
  method: 'GET' | 'PUT',
  headers: Record<string, string>,
): Promise<string | null> {
  const sent = request(url, { method, headers, signal, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response', { signal })) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode === 404) return null;
  if (response.statusCode !== 200) throw new Error(`the metadata service answers ${response.statusCode}`);
  return body.trim();
}
