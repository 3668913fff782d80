/** Base URLs of what a running desktop offers. */
export interface DesktopEndpoints {
  /** OSWorld's guest agent (port 5000 in the guest). */
  agent: URL;
  /** Chrome DevTools (9222). */
  cdp: URL;
  /** noVNC page (8006). */
  vnc: URL;
  /** VLC's HTTP interface (8080). */
  vlc: URL;
}
