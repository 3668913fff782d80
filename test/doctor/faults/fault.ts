/** What a fault of the decision table is, and breaks that several of them share. */
import type { HttpAnswer } from '../../../src/host/host.js';
import { health, httpLines, json } from '../answers.js';
import { NOW, type World } from '../world.js';

export interface Fault {
  name: string;
  /** The check that the verdict must be of. */
  check: string;
  break(world: World): void;
}

export const refused = { kind: 'refused', words: 'Connection refused' } as const;

export function unanswered(world: World, answer: HttpAnswer): void {
  world.server = answer;
  world.docs = answer;
}

/** The server is gone: what else follows from that, in all the places where it shows. */
export function stopServer(world: World): void {
  world.sockets = [];
  world.holder = null;
  unanswered(world, refused);
  world.runs.running = world.runs.running.filter(({ kind }) => kind === 'tunnel');
  world.cluster['probe.line'] = httpLines(502, { code: 'E_TUNNEL_LOCAL' }, ['x-arpo-env-tunnel: local-down']);
}

export function stopTunnel(world: World): void {
  world.runs.running = world.runs.running.filter(({ kind }) => kind === 'server');
  closePort(world);
}

export function closePort(world: World): void {
  delete world.cluster.listen;
  delete world.cluster.session;
  world.cluster['probe.code'] = '7';
  world.cluster['probe.line'] =
    'curl: (7) Failed to connect to 127.0.0.1 port 15001 after 0 ms: Connection refused';
}

export function setServer(world: World, changes: Record<string, unknown>): void {
  world.server = json(200, health(changes));
}

export function setProvider(world: World, name: 'vmware' | 'remote' | 'local', settings: object): void {
  world.server = json(200, health({ provider: name }));
  world.cluster['probe.line'] = httpLines(200, health({ provider: name }));
  world.config = { ...world.config, provider: name, providers: { [name]: settings } };
}

export const log = (lines: object[]) =>
  lines.map((line) => JSON.stringify({ time: NOW - 60_000, env: 0, ...line })).join('\n');
