/** Commands: /execute, /execute_with_verification, /setup/launch. */
import { requestedCommand } from '../command-line.js';
import { type JsonBody, jsonBody, sendJson, sendText } from '../flask.js';
import { GuestError, type GuestMachine, GuestTimeout } from '../machine.js';
import { decodeOutput } from '../program-output.js';
import { isTruthy } from '../python-values.js';
import { orStatusError, type Routes } from './route.js';

/** The original agent's time limits. */
const EXECUTE_SECONDS = 120;
const VERIFY_SECONDS = 5;
const DEFAULT_MAX_WAIT_SECONDS = 10;
const DEFAULT_CHECK_INTERVAL_SECONDS = 1;
/** A check interval of 0 would never give the machine a turn. */
const SHORTEST_INTERVAL_SECONDS = 0.01;

export const executeRoutes: Routes = (app, { machine, signal }) => {
  for (const url of ['/execute', '/setup/execute']) {
    app.post(url, (request, reply) => {
      const body = jsonBody(request);
      return orStatusError(reply, async () =>
        sendJson(reply, { status: 'success', ...(await run(machine(), body, signal)) }),
      );
    });
  }

  for (const url of ['/execute_with_verification', '/setup/execute_with_verification']) {
    app.post(url, (request, reply) => {
      const body = jsonBody(request);
      return orStatusError(reply, async () => {
        const result = await run(machine(), body, signal);
        if (!isTruthy(body.verification)) return sendJson(reply, { status: 'success', ...result });
        const verified = await verify(machine(), body, signal);
        const status = verified.verification === 'passed' ? 'success' : 'verification_failed';
        return sendJson(reply, { status, ...result, ...verified }, status === 'success' ? 200 : 500);
      });
    });
  }

  app.post('/setup/launch', (request, reply) => {
    const body = jsonBody(request);
    return orStatusError(reply, async () => {
      const { argv, printed } = requestedCommand(body, machine().environment.HOME);
      await machine().programs.launch(argv);
      return sendText(reply, `${printed} launched successfully`);
    });
  });
};

async function run({ programs, environment }: GuestMachine, body: JsonBody, signal: AbortSignal) {
  const { argv, shown } = requestedCommand(body, environment.HOME);
  const running = programs.run(argv, { timeoutSeconds: EXECUTE_SECONDS, signal });
  const { stdout, stderr, returncode } = await running.catch((error: unknown) => {
    // Python names what it was given, without the shell that it starts for it.
    throw error instanceof GuestTimeout ? new GuestTimeout(shown, error.seconds) : error;
  });
  return { output: decodeOutput(stdout), error: decodeOutput(stderr), returncode };
}

/** Checks again and again until everything asked for is true or the time is up. */
async function verify(machine: GuestMachine, body: JsonBody, signal: AbortSignal) {
  const wanted = body.verification as JsonBody;
  const maxWait = maxWaitSeconds(body.max_wait_time);
  const interval = Math.max(
    SHORTEST_INTERVAL_SECONDS,
    seconds(body.check_interval, DEFAULT_CHECK_INTERVAL_SECONDS),
  );
  const start = machine.clock.now();
  const elapsed = () => (machine.clock.now() - start) / 1000;
  while (elapsed() < maxWait) {
    if (
      (await windowExists(machine, wanted.window_exists)) &&
      (await commandSucceeds(machine, wanted.command_success, signal))
    ) {
      return { verification: 'passed', wait_time: elapsed() };
    }
    await machine.clock.sleep(interval * 1000, signal);
  }
  return { verification: 'failed', wait_time: maxWait };
}

function maxWaitSeconds(value: unknown): number {
  if (typeof value === 'string')
    throw new GuestError("'<' not supported between instances of 'float' and 'str'");
  return seconds(value, DEFAULT_MAX_WAIT_SECONDS);
}

function seconds(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

async function windowExists({ windows }: GuestMachine, name: unknown): Promise<boolean> {
  if (typeof name !== 'string') return name === undefined;
  // The original looks for it in the list as a whole, which is there also when it is empty.
  if (name === '') return true;
  return (await windows.list()).some(({ title }) => title.toLowerCase().includes(name.toLowerCase()));
}

async function commandSucceeds(
  { programs }: GuestMachine,
  command: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  if (typeof command !== 'string') return command === undefined;
  try {
    const result = await programs.run(['/bin/sh', '-c', command], { timeoutSeconds: VERIFY_SECONDS, signal });
    return result.returncode === 0;
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    return false;
  }
}
