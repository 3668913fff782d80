/** A Unix socket of this machine. */
export interface AgentSocket {
  /** Throws when the desktop is gone. */
  readonly path: string;
}

/** Base URLs of what a running desktop offers. */
export interface DesktopEndpoints {
  /** OSWorld's guest agent (port 5000 in the guest). */
  agent: URL;
  /** Chrome CDP (9222). */
  cdp: URL;
  /** Where a person watches in a browser: noVNC (OSWorld's port 8006), or pictures of the screen. Null where nobody can. */
  watch: URL | null;
  /** VLC's HTTP interface (8080). */
  vlc: URL;
}
