/**
 * /run_python: how older copies of the original run a script, and how the `desktop-env` that PyPI has (1.0.2) asks for it.
 * Facts from DeepPavlov-GUI2MCP/GUI-Docker-Env, desktop_env/server/main.py.
 */
import type { FastifyReply } from 'fastify';
import { jsonBody, sendJson, textField } from '../flask.js';
import { GuestError, GuestTimeout, type RunResult } from '../machine.js';
import { decodeOutput } from '../program-output.js';
import { runPythonFile } from '../python-file.js';
import type { Routes } from './route.js';

const SECONDS = 30;

export const runPythonRoutes: Routes = (app, { machine, signal }) => {
  app.post('/run_python', async (request, reply) => {
    const code = textField(jsonBody(request), 'code');
    if (code === null) return sendJson(reply, { status: 'error', message: 'Code not supplied!' }, 400);
    try {
      const result = await runPythonFile(machine(), code, { timeoutSeconds: SECONDS, signal });
      return sendJson(reply, answerOf(result));
    } catch (error) {
      if (error instanceof GuestTimeout) {
        return refuse(reply, 'Execution timeout: Code took too long to execute', 'TimeoutExpired');
      }
      if (!(error instanceof GuestError)) throw error;
      return refuse(reply, `Execution error: ${error.message}`, error.message);
    }
  });
};

function answerOf({ stdout, stderr, returncode }: RunResult) {
  const output = decodeOutput(stdout);
  const silent = returncode === 0 ? '' : `Process exited with code ${returncode}`;
  const error = decodeOutput(stderr) || silent;
  return {
    status: returncode === 0 ? 'success' : 'error',
    message: [output, error].filter((text) => text !== '').join('\n'),
    need_more: false,
    output,
    error,
    return_code: returncode,
  };
}

function refuse(reply: FastifyReply, message: string, error: string): FastifyReply {
  return sendJson(reply, { status: 'error', message, error, need_more: false, output: null }, 500);
}
