/** The root window's background, which stays when this process repaints nothing. */
import type { Size } from '../../machine.js';
import type { Connection } from './connection.js';

const Z_PIXMAP = 2;
const PIXMAP_TYPE = 20;
const REPLACE = 0;
const DEPTH = 24;

/** `bgrx`: rows from the top, of `size`. */
export async function paintRoot(
  connection: Connection,
  bgrx: Buffer,
  { width, height }: Size,
): Promise<void> {
  const { x, root } = connection;
  const [pixmap, context] = [x.AllocID(), x.AllocID()];
  x.CreatePixmap(pixmap, root, DEPTH, width, height);
  x.CreateGC(context, pixmap, {});
  x.PutImage(Z_PIXMAP, pixmap, context, width, height, 0, 0, 0, DEPTH, bgrx);
  x.FreeGC(context);
  x.ChangeWindowAttributes(root, { backgroundPixmap: pixmap });
  x.ClearArea(root, 0, 0, width, height, 0);
  // The server keeps the pixmap as long as it is the background; panels find it by this property (freedesktop.org's wiki).
  x.ChangeProperty(REPLACE, root, await connection.atom('_XROOTPMAP_ID'), PIXMAP_TYPE, 32, [pixmap]);
  await connection.sync();
}
