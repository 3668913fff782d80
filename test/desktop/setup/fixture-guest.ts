/** A guest agent over real HTTP that records what it is asked and answers as told. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { AgentClient } from '../../../src/desktop/agent-client.js';
import type { SetupContext } from '../../../src/desktop/setup/run-setup.js';

export interface GuestRequest {
  path: string;
  /** Parsed when it is JSON. */
  body: unknown;
  raw: Buffer;
}

type Answer = { status?: number; json?: unknown; text?: string };
type Answers = Record<string, (request: GuestRequest, count: number) => Answer>;

export interface FixtureGuest extends AsyncDisposable {
  requests: GuestRequest[];
  url: URL;
  agent: AgentClient;
}

const EXECUTED: Answer = { json: { status: 'success', output: '', error: '', returncode: 0 } };

/** `answers` by path; `count` is 1 at the path's first request. Everything else succeeds. */
export async function fixtureGuest(answers: Answers = {}): Promise<FixtureGuest> {
  const requests: GuestRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await received(incoming);
    requests.push(request);
    const count = requests.filter(({ path }) => path === request.path).length;
    const { status = 200, json, text = 'ok' } = answers[request.path]?.(request, count) ?? EXECUTED;
    outgoing.writeHead(status, { 'content-type': json ? 'application/json' : 'text/html; charset=utf-8' });
    outgoing.end(json ? JSON.stringify(json) : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    requests,
    url,
    agent: new AgentClient(url),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function setupContext(guest: FixtureGuest, cacheDir: string, progress: string[] = []): SetupContext {
  return {
    agent: guest.agent,
    endpoints: { agent: guest.url, cdp: guest.url, watch: guest.url, vlc: guest.url },
    cacheDir,
    clientPassword: 'open sesame',
    screen: { width: 1367, height: 769 },
    signal: new AbortController().signal,
    onProgress: (text) => progress.push(text),
  };
}

/** The two parts of an upload, as a server that parses RFC 7578 sees them. */
export async function uploadedFile({ raw }: GuestRequest): Promise<{ path: string; data: Buffer }> {
  const boundary = raw.subarray(2, raw.indexOf('\r\n')).toString();
  const form = await new Response(Uint8Array.from(raw), {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }).formData();
  const file = form.get('file_data') as Blob;
  return { path: String(form.get('file_path')), data: Buffer.from(await file.arrayBuffer()) };
}

async function received(incoming: IncomingMessage): Promise<GuestRequest> {
  const raw = await buffer(incoming);
  const isJson = incoming.headers['content-type']?.startsWith('application/json');
  return { path: incoming.url ?? '', raw, body: isJson ? JSON.parse(raw.toString()) : undefined };
}
