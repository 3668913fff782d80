/** What there is to see: screenshot, sizes, cursor, terminal text, accessibility tree, wallpaper. */
import { formBody, HttpPage, type JsonBody, jsonBody, sendJson, sendText } from '../flask.js';
import { GuestError, MissingFeature, type Size } from '../machine.js';
import { expandPath } from '../paths.js';
import { orStatusError, type Routes } from './route.js';

export const screenRoutes: Routes = (app, { machine }) => {
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

  app.get('/platform', async (_request, reply) => sendText(reply, machine().platform));

  app.post('/screen_size', async (_request, reply) => sendJson(reply, await machine().screen.size()));

  app.post('/set_screen_resolution', async (request, reply) => {
    const form = await formBody(request);
    const body: JsonBody = [...form.keys()].length > 0 ? Object.fromEntries(form) : jsonBody(request);
    const size = parseSize(body);
    if (typeof size === 'string') return sendJson(reply, { status: 'error', message: size }, 400);
    return orStatusError(reply, async () => {
      await machine().screen.resize(size);
      return sendJson(reply, {
        status: 'success',
        message: `Screen resolution set to ${size.width}x${size.height}`,
      });
    });
  });

  app.post('/wallpaper', async (_request, reply) => {
    const path = await machine().screen.wallpaper();
    if (path === null) throw new HttpPage(404, 'Wallpaper file not found');
    try {
      return reply.header('content-type', 'image/png').send(await machine().files.read(path));
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      throw new HttpPage(500, 'Unable to serve the wallpaper file');
    }
  });

  app.post('/setup/change_wallpaper', async (request, reply) => {
    const { path } = jsonBody(request);
    if (typeof path !== 'string' || path === '') return sendText(reply, 'Path not supplied!', 400);
    const full = expandPath(path, machine().environment);
    if ((await machine().files.kind(full)) === null) return sendText(reply, `File not found: ${full}`, 404);
    await machine().screen.setWallpaper(full);
    return sendText(reply, 'Wallpaper changed successfully');
  });
};

function brief({ message, fix }: MissingFeature): object {
  return { message, fix };
}

/** The size, or what is wrong with it in the original's words: 0 counts as missing there. */
function parseSize({ width, height }: JsonBody): Size | string {
  if (!width || !height) return "Missing required parameters 'width' and/or 'height'";
  const size = { width: pythonInt(width), height: pythonInt(height) };
  if (size.width === null || size.height === null) return 'Width and height must be integers';
  if (size.width <= 0 || size.height <= 0) return 'Width and height must be positive';
  return { width: size.width, height: size.height };
}

/** Python's `int()` of a number or a text; null where that raises. */
function pythonInt(value: unknown): number | null {
  if (typeof value === 'number') return Math.trunc(value);
  return typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : null;
}
