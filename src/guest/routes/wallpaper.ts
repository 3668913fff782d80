/** The desktop's background: /wallpaper, /setup/change_wallpaper. */
import { HttpPage, jsonBody, sendText, textField } from '../flask.js';
import { GuestError } from '../machine.js';
import { expandPath } from '../paths.js';
import { serveFile } from '../serve-file.js';
import type { Routes } from './route.js';

export const wallpaperRoutes: Routes = (app, { machine }) => {
  app.post('/wallpaper', async (_request, reply) => {
    const { screen, files } = machine();
    const path = await screen.wallpaper();
    if (path === null) throw new HttpPage(404, 'Wallpaper file not found');
    try {
      return await serveFile(reply, files, path, { contentType: 'image/png' });
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      throw new HttpPage(500, 'Unable to serve the wallpaper file');
    }
  });

  app.post('/setup/change_wallpaper', async (request, reply) => {
    const path = textField(jsonBody(request), 'path');
    if (path === null) return sendText(reply, 'Path not supplied!', 400);
    const { screen, files, environment } = machine();
    const full = expandPath(path, environment);
    if ((await files.kind(full)) === null) return sendText(reply, `File not found: ${full}`, 404);
    await screen.setWallpaper(full);
    return sendText(reply, 'Wallpaper changed successfully');
  });
};
