/**
 * Commands on one connection, of which sshd counts how many run at once (sshd_config(5), MaxSessions): where there is room for
 * one, the command that only has to be there gives way to those that have something to do, and comes back after them.
 */
import { sleep } from '../lib/wait.js';
import {
  type CallLimits,
  ChannelRefused,
  type CommandChannel,
  type Connection,
} from './connection/connection.js';

interface Sessions {
  /** Opening or open. */
  count: number;
  /** Callers that wait for room. */
  waiting: number;
  lastEnd: number;
  kept: KeptCommand | null;
}

interface KeptCommand {
  command: string;
  limits: CallLimits;
  /** Null before it runs, while it gives way and after it has ended. */
  channel: CommandChannel | null;
  /** To be opened as soon as there is room. */
  due: boolean;
  opening: boolean;
}

const RETRY_MS = 50;
/** sshd counts a session until its process is gone, a moment after its channel. */
const LAG_MS = 1000;
/** Bytes. A command of ours is silent, a start-up file may greet; what says more is another one (`command="…"`), and may never end. */
const MOST_HEARD = 2 ** 20;

const all = new WeakMap<Connection, Sessions>();

/** As `connection.run`, with the patience that a full server needs. */
export async function runCommand(
  connection: Connection,
  command: string,
  limits: CallLimits,
): Promise<CommandChannel> {
  const sessions = sessionsOf(connection);
  const end = performance.now() + limits.timeoutMs;
  sessions.waiting += 1;
  try {
    for (;;) {
      try {
        return await open(connection, sessions, command, limits);
      } catch (error) {
        if (!mayPass(error, sessions) || performance.now() > end) throw error;
        giveWay(sessions);
        await sleep(RETRY_MS, [limits.signal, connection.ended]);
      }
    }
  } finally {
    sessions.waiting -= 1;
    void restore(connection, sessions);
  }
}

/** Best effort: runs until the connection ends, and is opened again each time that it gave way. What it says is dropped, and too much of that ends it. */
export function keepCommand(connection: Connection, command: string, limits: CallLimits): void {
  const sessions = sessionsOf(connection);
  sessions.kept = { command, limits, channel: null, due: true, opening: false };
  void restore(connection, sessions);
}

function sessionsOf(connection: Connection): Sessions {
  const sessions = all.get(connection) ?? { count: 0, waiting: 0, lastEnd: -LAG_MS, kept: null };
  all.set(connection, sessions);
  return sessions;
}

/** sshd's `open failed` where as many sessions run as it allows; with none of ours among them it allows none at all. */
function mayPass(error: unknown, { count, lastEnd }: Sessions): boolean {
  const full = error instanceof ChannelRefused && error.failure === 'connect-failed';
  return full && (count > 0 || performance.now() - lastEnd < LAG_MS);
}

async function open(
  connection: Connection,
  sessions: Sessions,
  command: string,
  limits: CallLimits,
): Promise<CommandChannel> {
  sessions.count += 1;
  try {
    const channel = await connection.run(command, limits);
    channel.once('close', () => {
      sessions.count -= 1;
      sessions.lastEnd = performance.now();
      void restore(connection, sessions);
    });
    return channel;
  } catch (error) {
    sessions.count -= 1;
    throw error;
  }
}

function giveWay({ kept }: Sessions): void {
  if (kept === null || kept.channel === null) return;
  kept.due = true;
  kept.channel.close();
  kept.channel = null;
}

function dropOutput(channel: CommandChannel): void {
  let heard = 0;
  const drop = (chunk: Buffer) => {
    heard += chunk.length;
    if (heard > MOST_HEARD) channel.close();
  };
  channel.on('error', () => {}).on('data', drop);
  channel.stderr.on('data', drop);
}

async function restore(connection: Connection, sessions: Sessions): Promise<void> {
  const { kept } = sessions;
  if (kept === null || kept.opening) return;
  kept.opening = true;
  try {
    while (kept.due && sessions.waiting === 0) {
      try {
        const channel = await open(connection, sessions, kept.command, kept.limits);
        dropOutput(channel);
        kept.channel = channel;
        kept.due = false;
        if (sessions.waiting > 0) giveWay(sessions);
      } catch (error) {
        if (!mayPass(error, sessions)) kept.due = false;
        else if (sessions.count > 0)
          return; // the end of that one comes back here
        else await sleep(RETRY_MS, [kept.limits.signal, connection.ended]);
      }
    }
  } catch {
    kept.due = false; // the connection is over
  } finally {
    kept.opening = false;
  }
}
