/** The log of whatever runs long: JSON lines on stderr, or lines for a person on a terminal. */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { PrettyOptions } from 'pino-pretty';
import { harmless, harmlessJson, setIn } from './harmless.js';
import { logStream } from './log-stream.js';

const STDERR = 2;

export interface LoggerOptions {
  /** Default: stderr, as JSON lines. */
  stream?: DestinationStream;
  /** Texts that no line may hold, such as the server's token; masked where lines are written. */
  secrets?: readonly string[];
}

export function createLogger(
  level: 'debug' | 'info' | 'warn' | 'error',
  options: LoggerOptions = {},
): Logger {
  const { stream = logStream(STDERR), secrets = [] } = options;
  const hidden = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: null,
      hooks: {
        streamWrite: (line) =>
          hidden.reduce((text, secret) => text.replaceAll(secret, '***'), harmlessJson(line)),
      },
    },
    stream,
  );
}

/** A stream for `createLogger` that writes lines for a person to stderr. */
export async function terminalStream(color: boolean): Promise<DestinationStream> {
  const format = await prettyFormat(color);
  const out = logStream(STDERR);
  return { write: (line) => out.write(format(line)) };
}

/** Turns one line of a log file into what a terminal would have shown; any other line stays as it is. */
export async function logLineFormatter(color: boolean): Promise<(line: string) => string> {
  const format = await prettyFormat(color);
  return (line) => (line.startsWith('{"level"') ? format(line).replace(/\n$/, '') : harmless(line));
}

/** Whatever a line's message, fields and errors hold. */
async function prettyFormat(color: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory(prettyOptions(color));
  return (line) => harmless(format(line));
}

function prettyOptions(color: boolean): PrettyOptions {
  const messageFormat: PrettyOptions['messageFormat'] = (log, key) => setIn(String(log[key] ?? ''));
  return { colorize: color, translateTime: 'SYS:HH:MM:ss', singleLine: true, messageFormat };
}
