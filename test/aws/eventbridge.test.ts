/** What EventBridge Scheduler is asked, as it arrives there. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSchedules } from '../../src/aws/eventbridge.js';
import type { Schedules } from '../../src/aws/schedules.js';

const ROLE = 'arn:aws:iam::123456789012:role/ends-desktops';
const { signal } = new AbortController();

interface Asked {
  line: string;
  body: Record<string, unknown>;
}

class Endpoint implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Names of errors, one per request; then 200. */
  errors: string[] = [];
  readonly #server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    const { pathname } = new URL(url, 'http://localhost');
    const body = await text(request);
    this.asked.push({ line: `${method} ${pathname}`, body: body ? JSON.parse(body) : {} });
    const error = this.errors.shift();
    response.setHeader('content-type', 'application/json');
    if (error === undefined) return response.end('{"ScheduleArn":"arn:aws:scheduler:::schedule/default/x"}');
    response.writeHead(error === 'ConflictException' ? 409 : 404, { 'x-amzn-errortype': error });
    response.end(JSON.stringify({ Message: error }));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let endpoint: Endpoint;
let schedules: Schedules;

beforeEach(async () => {
  endpoint = new Endpoint();
  vi.stubEnv('AWS_ENDPOINT_URL', await endpoint.listen());
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  schedules = await openSchedules('us-east-1', ROLE);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint[Symbol.asyncDispose]();
});

test('an end is planned once, to the second, and forgets itself afterwards', async () => {
  await schedules.set('i-1', new Date('2026-11-29T15:00:00.500Z'), signal);
  expect(endpoint.asked).toMatchObject([
    {
      line: 'POST /schedules/arpo-env-ttl-i-1',
      body: {
        ScheduleExpression: 'at(2026-11-29T15:00:00)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        State: 'ENABLED',
        Target: {
          Arn: 'arn:aws:scheduler:::aws-sdk:ec2:terminateInstances',
          RoleArn: ROLE,
          Input: '{"InstanceIds":["i-1"]}',
          RetryPolicy: { MaximumRetryAttempts: 5 },
        },
      },
    },
  ]);
});

test('one that is planned is moved, with every field', async () => {
  endpoint.errors = ['ConflictException'];
  await schedules.set('i-1', new Date('2026-11-29T16:00:00Z'), signal);
  const [created, updated] = endpoint.asked;
  expect(updated?.line).toBe('PUT /schedules/arpo-env-ttl-i-1');
  const fields = ({ ClientToken, ...others }: Record<string, unknown>) => others;
  expect(fields(updated?.body ?? {})).toEqual(fields(created?.body ?? {}));
});

test('what is not planned is forgotten already', async () => {
  endpoint.errors = ['ResourceNotFoundException'];
  await schedules.cancel('i-1', signal);
  expect(endpoint.asked.map(({ line }) => line)).toEqual(['DELETE /schedules/arpo-env-ttl-i-1']);
});
