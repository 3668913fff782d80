/** AWS's API on loopback: moto, and before it a door that can hold a request where a test wants it. */
import { existsSync } from 'node:fs';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as sdk from '@aws-sdk/client-ec2';
import { execa } from 'execa';
import { expect } from 'vitest';
import { freePort } from '../../src/host/ports.js';
import { eventually } from './eventually.js';

const PROGRAM = fileURLToPath(new URL('../../.e2e-venv/bin/moto_server', import.meta.url));

export interface Hold {
  action: string;
  /**
   * `before`: it is lost on its way; `late`: it arrives when it is let go, and nobody hears of it; `slow`: likewise, and is
   * answered; `after`: it was carried out, and its answer is lost.
   */
  when: 'before' | 'late' | 'slow' | 'after';
  nth?: number;
}

export interface HeldRequest {
  /** Resolves when it is held. */
  held: Promise<void>;
  /** Resolves when what was to arrive late has arrived. */
  letGo(): Promise<void>;
}

export class Moto implements AsyncDisposable {
  readonly ec2: sdk.EC2Client;
  /** Names of all actions that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #child;
  readonly #direct: string;
  readonly #door = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  #hold: (Hold & { seen: number; onHeld: () => void; letGo: (() => Promise<void>) | null }) | null = null;

  private constructor(port: number) {
    this.#direct = `http://127.0.0.1:${port}`;
    this.#child = execa(PROGRAM, ['-H', '127.0.0.1', '-p', String(port)], {
      reject: false,
      all: true,
      buffer: false,
    });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    // As in the program: its notice is for developers.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    this.ec2 = new sdk.EC2Client({ endpoint: this.#direct, region: 'us-east-1', credentials });
  }

  static async start(): Promise<Moto> {
    expect(existsSync(PROGRAM), 'run scripts/e2e-setup.sh first').toBe(true);
    const moto = new Moto(await freePort());
    await eventually(async () => expect((await fetch(`${moto.#direct}/moto-api/`)).ok).toBe(true));
    await new Promise<void>((resolve) => moto.#door.listen(0, '127.0.0.1', resolve));
    return moto;
  }

  /** For a program that shall use it. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`,
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' },
      // No instance on which it runs.
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  async reset(): Promise<void> {
    this.#hold = null;
    this.asked.length = 0;
    await fetch(`${this.#direct}/moto-api/reset`, { method: 'POST' });
  }

  /** A subnet and a security group in it. */
  async network(): Promise<{ subnetId: string; groupId: string }> {
    const { Subnets = [] } = await this.ec2.send(new sdk.DescribeSubnetsCommand({}));
    const [subnet] = Subnets;
    const { GroupId = '' } = await this.ec2.send(
      new sdk.CreateSecurityGroupCommand({ GroupName: 'env', Description: 'env', VpcId: subnet?.VpcId }),
    );
    return { subnetId: subnet?.SubnetId ?? '', groupId: GroupId };
  }

  /** Everything that is on the bill, whosever it is. */
  async live(): Promise<sdk.Instance[]> {
    const { Reservations = [] } = await this.ec2.send(new sdk.DescribeInstancesCommand({}));
    const all = Reservations.flatMap(({ Instances = [] }) => Instances);
    return all.filter(({ State }) => !/^(shutting-down|terminated)$/.test(State?.Name ?? ''));
  }

  /** The ends that it keeps. */
  async schedules(): Promise<{ Name: string }[]> {
    // Told apart from EC2's by the service that the signature names; moto checks no signature.
    const authorization =
      'AWS4-HMAC-SHA256 Credential=test/20261129/us-east-1/scheduler/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await fetch(`${this.#direct}/schedules`, { headers: { authorization } });
    return ((await answer.json()) as { Schedules: { Name: string }[] }).Schedules;
  }

  /** The next request of that kind, or the `nth`, is held. */
  holdOne(hold: Hold): HeldRequest {
    let onHeld = () => {};
    const held = new Promise<void>((resolve) => {
      onHeld = resolve;
    });
    const state = { ...hold, seen: 0, onHeld, letGo: null as (() => Promise<void>) | null };
    this.#hold = state;
    return { held, letGo: async () => state.letGo?.() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#door.closeAllConnections();
    await new Promise((resolve) => this.#door.close(resolve));
    this.ec2.destroy();
    this.#child.kill('SIGTERM');
    await this.#child;
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // Whoever asked may be dead by the time of its answer.
    outgoing.on('error', () => {});
    const body = await buffer(incoming).catch(() => null);
    if (body === null) return;
    const action = actionOf(incoming, body.toString());
    this.asked.push(action);
    const hold = this.#hold;
    const isMeant = hold?.action === action && ++hold.seen === (hold.nth ?? 1);
    if (isMeant && hold.when !== 'after') {
      const answer = hold.when === 'slow' ? outgoing : null;
      if (hold.when !== 'before') hold.letGo = () => this.#forward(incoming, body, answer);
      return hold.onHeld();
    }
    await this.#forward(incoming, body, isMeant ? null : outgoing);
    if (isMeant) hold.onHeld();
  }

  /** `outgoing` null: nobody gets the answer. */
  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse | null): Promise<void> {
    return new Promise((resolve) => {
      const { method, url = '/', headers } = incoming;
      const end = () => resolve();
      const sent: ClientRequest = request(
        new URL(url, this.#direct),
        { method, headers: { ...headers, host: new URL(this.#direct).host }, agent: false },
        (answer) => {
          answer.once('close', end);
          if (outgoing === null) return void answer.resume();
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      sent.once('error', end);
      sent.end(body);
    });
  }
}

/** EC2 has it in the body; EventBridge Scheduler's are told by method and path. A dry run is an action of its own. */
function actionOf({ method, url = '' }: IncomingMessage, body: string): string {
  if (url.startsWith('/schedules')) {
    const verbs: Record<string, string> = { POST: 'Create', PUT: 'Update', DELETE: 'Delete' };
    return `${verbs[method ?? ''] ?? 'Get'}Schedule`;
  }
  const fields = new URLSearchParams(body);
  return `${fields.get('Action')}${fields.get('DryRun') === 'true' ? ' (dry)' : ''}`;
}
