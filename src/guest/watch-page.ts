/** A page on which a person watches a desktop in a browser, picture by picture. */
import { type ListenAt, type LoopbackServer, startLoopbackServer, textPage } from './loopback-server.js';

const REFRESH_MS = 500;
const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>arpo-env desktop</title>
<style>html, body { margin: 0; height: 100%; background: #111 } img { width: 100%; height: 100%; object-fit: contain }</style>
<img id="screen" alt="the desktop's screen">
<script>
  const screen = document.getElementById('screen');
  const next = () => { screen.src = 'screen.png?' + Date.now(); };
  screen.onload = screen.onerror = () => setTimeout(next, ${REFRESH_MS});
  next();
</script>
</html>
`;

export function startWatchPage(
  screenshot: () => Promise<Buffer>,
  gate: () => Promise<void>,
  at?: ListenAt,
): Promise<LoopbackServer> {
  return startLoopbackServer(
    async (path) => {
      if (path === '/screen.png') return { status: 200, type: 'image/png', body: await screenshot() };
      if (path === '/' || path === '/vnc.html')
        return { status: 200, type: 'text/html; charset=utf-8', body: HTML };
      return textPage(404, 'not found\n');
    },
    gate,
    at,
  );
}
