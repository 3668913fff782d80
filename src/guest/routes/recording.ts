/** Video of the screen: /start_recording, /end_recording. */
import { sendJson } from '../flask.js';
import { orStatusError, type Routes } from './route.js';

export const recordingRoutes: Routes = (app, { machine }) => {
  app.post('/start_recording', (_request, reply) =>
    orStatusError(reply, async () => {
      await machine().recorder.start();
      return sendJson(reply, { status: 'success', message: 'Started recording successfully.' });
    }),
  );

  app.post('/end_recording', (_request, reply) =>
    orStatusError(reply, async () => {
      const video = await machine().recorder.stop();
      if (video === null)
        return sendJson(reply, { status: 'error', message: 'No recording in progress to stop.' }, 400);
      return reply
        .header('content-disposition', 'attachment; filename=recording.mp4')
        .header('content-type', 'video/mp4')
        .send(video);
    }),
  );
};
