/** Getters of VLC's settings and state, and of what plays videos. */
import { z } from 'zod';
import { ask } from '../../../desktop/ask.js';
import { PythonError } from '../../python/errors.js';
import { saveInCache } from './files.js';
import { getter } from './getter.js';

const TIMEOUT_MS = 10_000;
/** The user is empty and the password "password" in OSWorld's images. */
const LOGIN = ':password';

/** Video types whose default applications are counted. */
const VIDEO_TYPES = `
  3gp 3gpp 3gpp2 avi divx dv fli flv mp2t mp4 mp4v-es mpeg mpeg-system msvideo ogg quicktime vnd.divx vnd.mpegurl
  vnd.rn-realvideo webm x-anim x-avi x-flc x-fli x-flv x-m4v x-matroska x-mpeg x-mpeg-system x-mpeg2 x-ms-asf
  x-ms-asf-plugin x-ms-asx x-ms-wm x-ms-wmv x-ms-wmx x-ms-wvx x-msvideo x-nsv x-ogm x-ogm+ogg x-theora x-theora+ogg`
  .trim()
  .split(/\s+/);

const destConfig = z.looseObject({ dest: z.string() });

export const vlcConfig = getter(destConfig, async ({ dest }, context) => {
  const content = await context.agent.file('~/.config/vlc/vlcrc', { signal: context.signal });
  if (content !== null) return saveInCache(context, dest, content);
  throw new PythonError('TypeError', 'the guest has no ~/.config/vlc/vlcrc');
});

/** VLC's status document; null when its HTTP interface answers with an error. */
export const vlcPlayingInfo = getter(destConfig, async ({ dest }, context) => {
  const url = new URL('requests/status.xml', context.endpoints.vlc);
  const { status, body } = await ask(url, {
    headers: { authorization: `Basic ${Buffer.from(LOGIN).toString('base64')}` },
    timeoutMs: TIMEOUT_MS,
    signal: context.signal,
  });
  return status === 200 ? saveInCache(context, dest, body) : null;
});

/** The desktop entry that opens most types of video, as xdg-mime names it, or "unknown". */
export const defaultVideoPlayer = getter(z.looseObject({}), async (_, { agent, signal }) => {
  const script = `for type in ${VIDEO_TYPES.join(' ')}; do printf '%s\\n' "$(xdg-mime query default "video/$type")"; done`;
  const { output } = await agent.execute(['/bin/sh', '-c', script], { signal });
  const votes = new Map<string, number>();
  for (const [index, application] of output.split('\n').slice(0, VIDEO_TYPES.length).entries()) {
    // The reference asks for each type twice, but for this one.
    const weight = VIDEO_TYPES[index] === 'x-ogm+ogg' ? 1 : 2;
    if (application !== '') votes.set(application, (votes.get(application) ?? 0) + weight);
  }
  const [winner] = [...votes].sort(([, first], [, second]) => second - first);
  return winner ? `${winner[0]}\n` : 'unknown';
});
