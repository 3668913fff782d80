import type { CursorImage } from 'x11';
import type { Size } from '../../machine.js';

/** Draws the cursor into the picture, as a person sees it: XFIXES gives it with premultiplied alpha. */
export function drawCursor(bgrx: Buffer, { width, height }: Size, cursor: CursorImage): void {
  const [left, top] = [cursor.x - cursor.xhot, cursor.y - cursor.yhot];
  for (let row = Math.max(0, -top); row < cursor.height && top + row < height; row += 1) {
    for (let column = Math.max(0, -left); column < cursor.width && left + column < width; column += 1) {
      const from = (row * cursor.width + column) * 4;
      const to = ((top + row) * width + left + column) * 4;
      const rest = 255 - (cursor.cursorImage[from + 3] ?? 0);
      if (rest === 255) continue;
      for (let channel = 0; channel < 3; channel += 1) {
        const over = cursor.cursorImage[from + channel] ?? 0;
        bgrx[to + channel] = Math.min(255, over + Math.round(((bgrx[to + channel] ?? 0) * rest) / 255));
      }
    }
  }
}
