/** /run_python_script and /run_bash_script: always 200, failures say so in the body. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpPage, type JsonBody, jsonBody, sendJson } from '../flask.js';
import { GuestError, GuestTimeout, type RunResult } from '../machine.js';
import { expandPath } from '../paths.js';
import { decodeOutput } from '../program-output.js';
import type { RouteContext, Routes } from './route.js';

const PYTHON_SECONDS = 90;
const BASH_SECONDS = 30;

export const scriptRoutes: Routes = (app, context) => {
  app.post('/run_python_script', (request, reply) =>
    answer(request, reply, 'code', (body, code) => runPython(context, body, code)),
  );
  app.post('/run_bash_script', (request, reply) =>
    answer(request, reply, 'script', (body, script) => runBash(context, body, script)),
  );
};

type Answer = Record<string, unknown> & { status: 'success' | 'error' };

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  field: 'code' | 'script',
  run: (body: JsonBody, text: string) => Promise<Answer>,
): Promise<FastifyReply> {
  try {
    const body = jsonBody(request);
    const text = body[field];
    if (typeof text !== 'string' || text === '') {
      return sendJson(
        reply,
        refused('invalid_request', `Field '${field}' is required and must be a non-empty string`),
      );
    }
    return sendJson(reply, await run(body, text));
  } catch (error) {
    if (error instanceof HttpPage)
      return sendJson(reply, failed(`${error.status} ${nameOf(error.status)}: ${error.description}`));
    if (error instanceof GuestTimeout)
      return sendJson(reply, failed(`Script execution timed out after ${error.seconds} seconds`));
    if (error instanceof GuestError) return sendJson(reply, failed(error.message));
    throw error;
  }
}

async function runPython({ machine, signal }: RouteContext, body: JsonBody, code: string): Promise<Answer> {
  const { programs, clock } = machine();
  const started = clock.now();
  const result = await programs.run(['python3', '-c', code], {
    timeoutSeconds: timeout(body, PYTHON_SECONDS),
    signal,
  });
  const { output, error, returncode } = texts(result);
  const message = [output, error].filter((text) => text !== '').join('\n');
  return {
    status: statusOf(result),
    message,
    output,
    error,
    returncode,
    duration: (clock.now() - started) / 1000,
  };
}

async function runBash({ machine, signal }: RouteContext, body: JsonBody, script: string): Promise<Answer> {
  const { programs, clock, files, environment } = machine();
  const given = typeof body.working_dir === 'string' && body.working_dir !== '' ? body.working_dir : null;
  const cwd = expandPath(given ?? environment.HOME, environment);
  if ((await files.kind(cwd)) !== 'directory') {
    return refused('invalid_working_dir', `Working directory does not exist: ${given}`);
  }
  const started = clock.now();
  const result = await programs.run(['/bin/bash', '-lc', script], {
    cwd,
    timeoutSeconds: timeout(body, BASH_SECONDS),
    signal,
  });
  return { status: statusOf(result), ...texts(result), duration: (clock.now() - started) / 1000 };
}

function texts({ stdout, stderr, returncode }: RunResult) {
  return { output: decodeOutput(stdout), error: decodeOutput(stderr), returncode };
}

function statusOf({ returncode }: RunResult): 'success' | 'error' {
  return returncode === 0 ? 'success' : 'error';
}

function failed(error: string): Answer {
  return { status: 'error', output: '', error, returncode: -1 };
}

function refused(error: string, message: string): Answer {
  return { ...failed(error), message };
}

function timeout(body: JsonBody, fallback: number): number {
  return typeof body.timeout === 'number' && body.timeout > 0 ? body.timeout : fallback;
}

function nameOf(status: number): string {
  return status === 415 ? 'Unsupported Media Type' : status === 400 ? 'Bad Request' : 'Internal Server Error';
}
