/** A page on which a person watches a desktop in a browser, picture by picture. */
import {
  type ListenAt,
  type LoopbackServer,
  type Page,
  startLoopbackServer,
  textPage,
  type Upgrade,
} from '../http/loopback-server.js';

/** What there is for a person besides the pictures. */
export interface MoreToWatch {
  /** Said below the picture, as HTML. */
  note: string;
  /** Further files; null for what is none of them. */
  page(path: string): Promise<Page | null>;
  upgrade: Upgrade;
}

const REFRESH_MS = 500;

/** `gate`: a request waits here before it is answered. */
export function startWatchPage(
  screenshot: () => Promise<Buffer>,
  gate: () => Promise<void>,
  at?: ListenAt,
  more?: MoreToWatch,
): Promise<LoopbackServer> {
  const pictures: Page = { status: 200, type: 'text/html; charset=utf-8', body: html(more?.note ?? '') };
  return startLoopbackServer(
    async (path) => {
      if (path === '/screen.png') return { status: 200, type: 'image/png', body: await screenshot() };
      if (path === '/') return pictures;
      const page = await more?.page(path);
      // Where OSWorld's image has noVNC there is always something to see.
      return page ?? (path === '/vnc.html' ? pictures : textPage(404, 'not found\n'));
    },
    gate,
    at,
    more?.upgrade,
  );
}

function html(note: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>arpo-env desktop</title>
<style>
  body { margin: 0; height: 100vh; display: flex; flex-direction: column; background: #111; color: #ccc; font: 14px sans-serif }
  img { flex: 1; min-height: 0; object-fit: contain }
  p { margin: 0; padding: 6px 12px }
  p:empty { display: none }
  a { color: #8ab4f8 }
</style>
<img id="screen" alt="the desktop's screen">
<p>${note}</p>
<script>
  const screen = document.getElementById('screen');
  const next = () => { screen.src = 'screen.png?' + Date.now(); };
  screen.onload = screen.onerror = () => setTimeout(next, ${REFRESH_MS});
  next();
</script>
</html>
`;
}
