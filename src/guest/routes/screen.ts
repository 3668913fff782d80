/** What there is to see: screenshot, sizes, cursor, terminal text, accessibility tree. */
import type { FastifyRequest } from 'fastify';
import { type JsonBody, jsonOrNull, sendJson, sendText } from '../flask.js';
import { formFields } from '../form.js';
import { MissingFeature, type Size } from '../machine.js';
import { dictOf, pythonInt } from '../python-values.js';
import { orStatusError, type Routes } from './route.js';

/** More than the longest text takes that a step types. */
const LONGEST_REST_MS = 120_000;

export const screenRoutes: Routes = (app, { machine, signal }) => {
  app.get('/screenshot', async (_request, reply) =>
    reply.header('content-type', 'image/png').send(await machine().screen.screenshot()),
  );

  app.get('/cursor_position', async (_request, reply) => {
    const { x, y } = await machine().screen.cursor();
    return sendJson(reply, [x, y]);
  });

  app.get('/terminal', (_request, reply) =>
    orStatusError(reply, async () =>
      sendJson(reply, { output: await machine().screen.terminalText(), status: 'success' }),
    ),
  );

  app.get('/accessibility', (_request, reply) =>
    orStatusError(reply, async () => {
      try {
        return sendJson(reply, { AT: await machine().screen.accessibility() });
      } catch (error) {
        if (!(error instanceof MissingFeature)) throw error;
        return sendJson(reply, { status: 'error', message: `${error.message}; ${error.fix}` }, 501);
      }
    }),
  );

  // Ours alone: the original has everything, and answers 404.
  app.get('/arpo-env/missing', async (_request, reply) => {
    const accessibility = await machine().screen.accessibilityMissing();
    return sendJson(reply, { accessibility: accessibility && brief(accessibility) });
  });

  // Ours alone, likewise.
  app.get('/arpo-env/rest', async (request, reply) => {
    const query = request.query as { limit?: unknown; pause?: unknown };
    const [limitMs, pauseMs] = [Number(query.limit), Number(query.pause ?? 0)];
    if (![limitMs, pauseMs].every((ms) => ms >= 0 && ms <= LONGEST_REST_MS))
      return sendJson(reply, { message: 'limit and pause: milliseconds' }, 400);
    await machine().screen.rest({ limitMs, pauseMs }, signal);
    return sendJson(reply, {});
  });

  app.get('/platform', async (_request, reply) => sendText(reply, machine().platform));

  app.post('/screen_size', async (_request, reply) => sendJson(reply, await machine().screen.size()));

  app.post('/set_screen_resolution', (request, reply) =>
    orStatusError(reply, async () => {
      const size = parseSize(await resolutionBody(request));
      if (typeof size === 'string') return sendJson(reply, { status: 'error', message: size }, 400);
      const output = await machine().screen.resize(size);
      const message = `Screen resolution set to ${size.width}x${size.height} on ${output}`;
      return sendJson(reply, { status: 'success', message });
    }),
  );
};

function brief({ message, fix }: MissingFeature): object {
  return { message, fix };
}

/** JSON or a form; what is neither has no fields. Throws GuestError for JSON of another type. */
async function resolutionBody(request: FastifyRequest): Promise<JsonBody> {
  const fields = await formFields(request);
  return fields.size > 0 ? Object.fromEntries(fields) : dictOf(jsonOrNull(request));
}

/** The size, or what is wrong with it in the original's words: 0 counts as missing there. */
function parseSize({ width, height }: JsonBody): Size | string {
  if (!width || !height) return "Missing required parameters 'width' and/or 'height'";
  const size = { width: pythonInt(width), height: pythonInt(height) };
  if (size.width === null || size.height === null) return 'Width and height must be integers';
  if (size.width <= 0 || size.height <= 0) return 'Width and height must be positive';
  return { width: size.width, height: size.height };
}
