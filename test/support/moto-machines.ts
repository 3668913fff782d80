/**
 * EC2's API on loopback (moto) with machines in it: each instance's private address, in a network on loopback, has one of our
 * practice desktops from its launch to its end. What moto lacks of RunInstances, a door before it adds: as many instances as were
 * asked for, and client tokens.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as sdk from '@aws-sdk/client-ec2';
import { execa } from 'execa';
import { type RunningGuest, startGuest } from '../../src/guest/start.js';
import { freePort } from '../../src/host/ports.js';
import { eventually } from './eventually.js';

const MOTO = fileURLToPath(new URL('../../.e2e-venv/bin/moto_server', import.meta.url));
const NETWORK = '127.77.0.0/16';
const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const TOKEN = /(?:^|&)ClientToken=([^&]*)/;

export interface MotoMachines extends AsyncDisposable {
  /** Variables by which the SDK and arpo-env find all this. */
  env: Record<string, string>;
  ec2: sdk.EC2Client;
  /** Names of the requests that came, in order. */
  requests: string[];
  /** Ids on the bill. */
  live(): Promise<string[]>;
  /** A power cut: EC2 goes on to call it running. */
  crash(address: string): Promise<void>;
  /** Answers instead of moto, such as with an error of EC2's; null lets the request through. */
  fault: (action: string, body: string) => { status: number; code: string; message: string } | null;
}

/** `machines`: false where nobody looks into the instances. */
export async function startMoto({ machines = true } = {}): Promise<MotoMachines> {
  if (!existsSync(MOTO)) throw new Error('run scripts/e2e-setup.sh first');
  const port = await freePort();
  const moto = execa(MOTO, ['-H', '127.0.0.1', '-p', String(port)], { reject: false, stdio: 'ignore' });
  const inner = `http://127.0.0.1:${port}`;
  const guests = new Map<string, RunningGuest>();
  const addresses = new Map<string, string>();
  const answers = new Map<string, string>();
  const requests: string[] = [];

  const door = createServer(async (request, response) => {
    let body = await text(request);
    const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? '';
    requests.push(action);
    const fault = cloud.fault(action, body);
    if (fault) {
      const { status, code, message } = fault;
      const xml = `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
      return response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    }
    const token = action === 'RunInstances' ? TOKEN.exec(body)?.[1] : undefined;
    const known = answers.get(token ?? '');
    if (known !== undefined) return response.writeHead(200, { 'content-type': 'text/xml' }).end(known);
    if (action === 'RunInstances')
      body = body.replace(/MinCount=1&|MinCount=1$/, `MinCount=${/MaxCount=(\d+)/.exec(body)?.[1]}&`);
    const { host: _host, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(new URL(request.url ?? '/', inner), {
      method: request.method ?? 'POST',
      headers: headers as Record<string, string>,
      ...(body === '' ? {} : { body }),
    });
    const xml = await answer.text();
    if (answer.ok && action === 'RunInstances') {
      if (token !== undefined) answers.set(token, xml);
      await Promise.all(launched(xml).map(([id, address]) => boot(id, address)));
    }
    if (answer.ok && action === 'TerminateInstances')
      await Promise.all(idsOf(body).map((id) => crash(addresses.get(id) ?? '')));
    response
      .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/xml' })
      .end(xml);
  });

  async function boot(id: string, address: string): Promise<void> {
    addresses.set(id, address);
    if (!machines) return;
    const guest = await startGuest({
      ...{ kind: 'sim', screen: { width: 1920, height: 1080 }, host: address },
      ports: { agent: 5000, cdp: 9222, watch: 5910 },
      signal: new AbortController().signal,
      onLog: () => undefined,
    });
    guests.set(address, guest);
  }

  async function crash(address: string): Promise<void> {
    const guest = guests.get(address);
    guests.delete(address);
    await guest?.[Symbol.asyncDispose]();
  }

  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ec2 = new sdk.EC2Client({ endpoint: inner, region: 'us-east-1', credentials });
  const cloud: MotoMachines = {
    ...{ env: {}, ec2, requests, crash, fault: () => null },
    async live() {
      const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }];
      const { Reservations = [] } = await ec2.send(new sdk.DescribeInstancesCommand({ Filters }));
      return Reservations.flatMap(({ Instances = [] }) =>
        Instances.map(({ InstanceId = '' }) => InstanceId),
      ).sort();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...guests.keys()].map(crash));
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      moto.kill('SIGTERM');
      await moto;
    },
  };
  await eventually(async () => {
    const answer = await fetch(`${inner}/moto-api/`);
    await answer.text();
    if (!answer.ok) throw new Error('not yet');
  });
  cloud.env = { AWS_ENDPOINT_URL: endpoint, ...KEYS, ...(await network(ec2)) };
  return cloud;
}

async function network(ec2: sdk.EC2Client): Promise<Record<string, string>> {
  const { Vpc } = await ec2.send(new sdk.CreateVpcCommand({ CidrBlock: NETWORK }));
  const VpcId = Vpc?.VpcId;
  const { Subnet } = await ec2.send(
    new sdk.CreateSubnetCommand({ VpcId, CidrBlock: NETWORK.replace('/16', '/20') }),
  );
  const { GroupId } = await ec2.send(
    new sdk.CreateSecurityGroupCommand({ GroupName: 'desktops', Description: 'desktops', VpcId }),
  );
  const { Images = [] } = await ec2.send(new sdk.DescribeImagesCommand({}));
  return {
    ...{
      AWS_REGION: 'us-east-1',
      AWS_SUBNET_ID: Subnet?.SubnetId ?? '',
      AWS_SECURITY_GROUP_ID: GroupId ?? '',
    },
    ARPO_ENV_PROVIDERS_AWS_AMI: Images[0]?.ImageId ?? '',
  };
}

/** Ids and private addresses of an answer of RunInstances. */
function launched(xml: string): [id: string, address: string][] {
  return [
    ...xml.matchAll(/<instanceId>(i-\w+)<\/instanceId>.*?<privateIpAddress>([\d.]+)<\/privateIpAddress>/gs),
  ].map(([, id = '', address = '']) => [id, address]);
}

function idsOf(body: string): string[] {
  return [...body.matchAll(/InstanceId\.\d+=(i-\w+)/g)].map(([, id = '']) => id);
}
