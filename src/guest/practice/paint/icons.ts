/** Icons of files and of window buttons, drawn into a square. */
import type { Rect } from '../geometry.js';
import { fillRect, type Ink, line, strokeRect } from './draw.js';

export type IconName = 'folder' | 'document' | 'close' | 'maximize' | 'restore';

/** `color` is for the line icons; the others have their own. */
export function drawIcon(ink: Ink, name: IconName, box: Rect, color = '#ffffff'): void {
  ICONS[name](ink, box, color);
}

const ICONS: Readonly<Record<IconName, (ink: Ink, box: Rect, color: string) => void>> = {
  folder(ink, box) {
    const folder = part(box, 0.06, 0.14, 0.88, 0.72);
    const corners = folder.width * 0.06;
    fillRect(ink, part(folder, 0, 0, 0.45, 0.5), '#f0984a', corners);
    fillRect(ink, part(folder, 0, 0.12, 1, 0.88), '#f0984a', corners);
    fillRect(ink, part(folder, 0, 0.26, 1, 0.74), '#f7b26d', corners);
  },
  document(ink, box) {
    const page = part(box, 0.18, 0.06, 0.64, 0.88);
    fillRect(ink, page, '#ffffff', page.width * 0.08);
    strokeRect(ink, page, '#c9c4c1', page.width * 0.08);
    for (const at of [0.24, 0.4, 0.56, 0.72]) {
      fillRect(ink, part(page, 0.18, at, at === 0.72 ? 0.36 : 0.64, 0.06), '#a9b4c4', 1);
    }
  },
  close(ink, box, color) {
    stroke(ink, box, '0.33,0.33 0.67,0.67', color);
    stroke(ink, box, '0.67,0.33 0.33,0.67', color);
  },
  maximize: (ink, box, color) => strokeRect(ink, part(box, 0.32, 0.32, 0.36, 0.36), color, 1, 1.6),
  restore(ink, box, color) {
    strokeRect(ink, part(box, 0.3, 0.4, 0.3, 0.3), color, 1, 1.6);
    stroke(ink, box, '0.42,0.31 0.69,0.31 0.69,0.58', color);
  },
};

function part(box: Rect, x: number, y: number, width: number, height: number): Rect {
  return {
    x: box.x + box.width * x,
    y: box.y + box.height * y,
    width: box.width * width,
    height: box.height * height,
  };
}

/** `points`: `x,y x,y …` in parts of the box. */
function stroke(ink: Ink, box: Rect, points: string, color: string): void {
  const corners = points.split(' ').map((point): [number, number] => {
    const [x = 0, y = 0] = point.split(',').map(Number);
    return [box.x + box.width * x, box.y + box.height * y];
  });
  line(ink, corners, color, Math.max(1.6, box.width / 16));
}
