/**
 * A worker's way to a desktop: three Unix sockets that are seen in its sandbox and lead somewhere while an evaluation lasts,
 * to that evaluation's desktop and to nothing else.
 */
import type { AgentSocket, DesktopEndpoints } from '../../desktop/endpoints.js';

/** The sockets in its folder, by the desktop's endpoint that they lead to. */
export const DOOR_SOCKETS = ['agent', 'cdp', 'vlc'] as const;

export interface DoorTarget {
  endpoints: Pick<DesktopEndpoints, 'agent' | 'cdp' | 'vlc'>;
  /** On which the same agent listens. */
  agentSocket?: AgentSocket | undefined;
  /** Closes it. */
  signal: AbortSignal;
}

/** Disposing closes it and removes its folder. */
export interface Door extends AsyncDisposable {
  /** Folder of the sockets, in one that this user alone may enter. */
  readonly folder: string;
  /** From now on it leads there; disposing closes all connections. Open to one desktop at a time. */
  open(target: DoorTarget): Disposable;
}

/** Closed at first. Throws E_NO_PERMISSION or E_CONFIG where its folder cannot be made. */
export async function makeDoor(): Promise<Door> {
  throw new Error('not yet');
}
