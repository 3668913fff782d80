/** /run_python_script and /run_bash_script: always 200, failures say so in the body. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { strip } from '../../python/text.js';
import { HttpPage, type JsonBody, jsonValue, sendJson } from '../flask.js';
import { GuestError, type GuestMachine, GuestTimeout, type RunResult } from '../machine.js';
import { expandPath } from '../paths.js';
import { decodeOutput } from '../program-output.js';
import { runPythonFile } from '../python-file.js';
import { dictOf, notAnInt, pythonInt } from '../python-values.js';
import type { Routes } from './route.js';

interface Script {
  body: JsonBody;
  text: string;
  timeoutSeconds: number;
  machine: GuestMachine;
  signal: AbortSignal;
}

interface Language {
  /** The field that has the script, and what is its time limit when it names none. */
  field: 'code' | 'script';
  defaultSeconds: number;
  run(script: Script): Promise<Record<string, unknown>>;
  /** What is answered to a time limit, and to everything else that went wrong. */
  late(seconds: string): Record<string, unknown>;
  broken(problem: string): Record<string, unknown>;
}

const python: Language = {
  field: 'code',
  defaultSeconds: 90,
  async run({ machine, text, timeoutSeconds, signal }) {
    const result = await timed(machine, () => runPythonFile(machine, text, { timeoutSeconds, signal }));
    const message = result.status === 'success' ? 'Script executed successfully' : 'Script execution failed';
    return { ...result, message };
  },
  late: (seconds) => ({
    ...failed(`Timed out after ${seconds} seconds`),
    message: 'Script execution timed out',
  }),
  broken: (problem) => ({ ...failed(problem), message: 'Unhandled server error' }),
};

const bash: Language = {
  field: 'script',
  defaultSeconds: 30,
  async run({ machine, body, text, timeoutSeconds, signal }) {
    const { programs, files, environment } = machine;
    const given =
      typeof body.working_dir === 'string' && strip(body.working_dir) !== '' ? body.working_dir : null;
    const cwd = expandPath(given ?? environment.HOME, environment);
    if (given !== null && (await files.kind(cwd)) !== 'directory') {
      return { ...failed('invalid_working_dir'), message: `Working directory does not exist: ${cwd}` };
    }
    return timed(machine, () => programs.run(['/bin/bash', '-lc', text], { cwd, timeoutSeconds, signal }));
  },
  late: (seconds) => failed(`Script execution timed out after ${seconds} seconds`),
  broken: failed,
};

export const scriptRoutes: Routes = (app, { machine, signal }) => {
  for (const [url, language] of [
    ['/run_python_script', python],
    ['/run_bash_script', bash],
  ] as const) {
    app.post(url, (request, reply) => answer(request, reply, language, { machine: machine(), signal }));
  }
};

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  language: Language,
  context: { machine: GuestMachine; signal: AbortSignal },
): Promise<FastifyReply> {
  const { field, defaultSeconds } = language;
  let seconds = String(defaultSeconds);
  try {
    // Whatever the content type.
    const body = dictOf(jsonValue(request));
    seconds = String(body.timeout ?? seconds);
    const timeoutSeconds = body.timeout === undefined ? defaultSeconds : intOf(body.timeout);
    const text = body[field];
    if (typeof text !== 'string' || strip(text) === '') {
      const message = `Field '${field}' is required and must be a non-empty string`;
      return sendJson(reply, { ...failed('invalid_request'), message });
    }
    return sendJson(reply, await language.run({ ...context, body, text, timeoutSeconds }));
  } catch (error) {
    if (error instanceof GuestTimeout) return sendJson(reply, language.late(seconds));
    if (error instanceof GuestError) return sendJson(reply, language.broken(error.message));
    if (error instanceof HttpPage) return sendJson(reply, language.broken(error.message));
    throw error;
  }
}

function intOf(value: unknown): number {
  const seconds = pythonInt(value);
  if (seconds === null) throw new GuestError(notAnInt(value));
  return seconds;
}

async function timed({ clock }: GuestMachine, run: () => Promise<RunResult>) {
  const started = clock.now();
  const { stdout, stderr, returncode } = await run();
  return {
    status: returncode === 0 ? 'success' : 'error',
    output: decodeOutput(stdout),
    error: decodeOutput(stderr),
    returncode,
    duration: (clock.now() - started) / 1000,
  };
}

function failed(error: string) {
  return { status: 'error', output: '', error, returncode: -1 };
}
