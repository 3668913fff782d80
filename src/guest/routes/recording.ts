/** Video of the screen: /start_recording, /end_recording. */
import { HttpPage, sendJson } from '../flask.js';
import { GuestError } from '../machine.js';
import { serveFile } from '../serve-file.js';
import { orStatusError, type Routes } from './route.js';

export const recordingRoutes: Routes = (app, { machine }) => {
  app.post('/start_recording', (_request, reply) =>
    orStatusError(reply, async () => {
      const { recorder } = machine();
      if (recorder.isRunning())
        return sendJson(reply, { status: 'error', message: 'Recording is already in progress.' }, 400);
      await recorder.start();
      return sendJson(reply, { status: 'success', message: 'Started recording successfully.' });
    }),
  );

  app.post('/end_recording', (request, reply) =>
    orStatusError(reply, async () => {
      const { recorder, files } = machine();
      const path = await recorder.stop();
      if (path === null)
        return sendJson(reply, { status: 'error', message: 'No recording in progress to stop.' }, 400);
      try {
        return await serveFile(reply, files, path, { attachment: true, range: request.headers.range });
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        throw new HttpPage(500, `Recording failed. ${error.message}`);
      }
    }),
  );
};
