/** Icons of applications, files and controls, drawn into a square. */
import type { Rect } from '../geometry.js';
import { circle, fillRect, type Ink, line, strokeRect } from './draw.js';

export type IconName =
  | 'files'
  | 'editor'
  | 'terminal'
  | 'settings'
  | 'applications'
  | 'folder'
  | 'home'
  | 'document'
  | 'menu'
  | 'close'
  | 'minimize'
  | 'maximize'
  | 'restore'
  | 'back'
  | 'search';

type Draw = (ink: Ink, box: Rect, color: string) => void;

/** `color` is for the line icons; the others have their own. */
export function drawIcon(ink: Ink, name: IconName, box: Rect, color = '#ffffff'): void {
  ICONS[name](ink, box, color);
}

const ICONS: Readonly<Record<IconName, Draw>> = {
  files(ink, box) {
    tile(ink, box, '#e9a04b');
    folder(ink, part(box, 0.2, 0.24, 0.6, 0.52), '#fff6e6', '#ffe2b8');
  },
  editor(ink, box) {
    tile(ink, box, '#3d6fb4');
    page(ink, part(box, 0.27, 0.17, 0.46, 0.66));
    const [x, y, s] = [box.x + box.width * 0.5, box.y + box.height * 0.78, box.width];
    line(
      ink,
      [
        [x, y],
        [x + s * 0.3, y - s * 0.36],
      ],
      '#f2b134',
      s * 0.09,
    );
    line(
      ink,
      [
        [x, y],
        [x + s * 0.03, y - s * 0.04],
      ],
      '#5b4a3f',
      s * 0.07,
    );
  },
  terminal(ink, box) {
    tile(ink, box, '#2d2a2e');
    const [x, y, s] = [box.x, box.y, box.width];
    line(
      ink,
      [
        [x + s * 0.24, y + s * 0.32],
        [x + s * 0.42, y + s * 0.47],
        [x + s * 0.24, y + s * 0.62],
      ],
      '#ffffff',
      s * 0.06,
    );
    line(
      ink,
      [
        [x + s * 0.5, y + s * 0.66],
        [x + s * 0.74, y + s * 0.66],
      ],
      '#ffffff',
      s * 0.06,
    );
  },
  settings(ink, box) {
    tile(ink, box, '#77757c');
    gear(ink, box);
  },
  applications(ink, box, color) {
    for (const row of [0, 1, 2]) {
      for (const column of [0, 1, 2]) {
        fillRect(ink, part(box, 0.2 + column * 0.23, 0.2 + row * 0.23, 0.14, 0.14), color, 2);
      }
    }
  },
  folder: (ink, box) => folder(ink, part(box, 0.06, 0.14, 0.88, 0.72), '#f0984a', '#f7b26d'),
  home(ink, box) {
    folder(ink, part(box, 0.06, 0.14, 0.88, 0.72), '#f0984a', '#f7b26d');
    const [x, y, s] = [box.x, box.y, box.width];
    line(
      ink,
      [
        [x + s * 0.36, y + s * 0.6],
        [x + s * 0.5, y + s * 0.47],
        [x + s * 0.64, y + s * 0.6],
      ],
      '#9a5a1c',
      s * 0.05,
    );
    strokeRect(ink, part(box, 0.41, 0.58, 0.18, 0.17), '#9a5a1c', 1, s * 0.04);
  },
  document: (ink, box) => page(ink, part(box, 0.18, 0.06, 0.64, 0.88)),
  menu(ink, box, color) {
    for (const at of [0.3, 0.5, 0.7])
      lineIn(
        ink,
        box,
        [
          [0.25, at],
          [0.75, at],
        ],
        color,
      );
  },
  close(ink, box, color) {
    lineIn(
      ink,
      box,
      [
        [0.33, 0.33],
        [0.67, 0.67],
      ],
      color,
    );
    lineIn(
      ink,
      box,
      [
        [0.67, 0.33],
        [0.33, 0.67],
      ],
      color,
    );
  },
  minimize: (ink, box, color) =>
    lineIn(
      ink,
      box,
      [
        [0.32, 0.64],
        [0.68, 0.64],
      ],
      color,
    ),
  maximize: (ink, box, color) => strokeRect(ink, part(box, 0.32, 0.32, 0.36, 0.36), color, 1, 1.6),
  restore(ink, box, color) {
    strokeRect(ink, part(box, 0.3, 0.4, 0.3, 0.3), color, 1, 1.6);
    lineIn(
      ink,
      box,
      [
        [0.42, 0.31],
        [0.69, 0.31],
        [0.69, 0.58],
      ],
      color,
    );
  },
  back: (ink, box, color) =>
    lineIn(
      ink,
      box,
      [
        [0.58, 0.28],
        [0.38, 0.5],
        [0.58, 0.72],
      ],
      color,
    ),
  search(ink, box, color) {
    const ring = part(box, 0.26, 0.26, 0.34, 0.34);
    strokeRect(ink, ring, color, ring.width / 2, 2);
    lineIn(
      ink,
      box,
      [
        [0.57, 0.57],
        [0.74, 0.74],
      ],
      color,
    );
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

function lineIn(ink: Ink, box: Rect, points: readonly (readonly [number, number])[], color: string): void {
  line(
    ink,
    points.map(([x, y]) => [box.x + box.width * x, box.y + box.height * y] as const),
    color,
    Math.max(1.6, box.width / 16),
  );
}

function tile(ink: Ink, box: Rect, color: string): void {
  fillRect(ink, box, color, box.width * 0.22);
}

function folder(ink: Ink, box: Rect, back: string, front: string): void {
  fillRect(ink, part(box, 0, 0, 0.45, 0.5), back, box.width * 0.06);
  fillRect(ink, part(box, 0, 0.12, 1, 0.88), back, box.width * 0.06);
  fillRect(ink, part(box, 0, 0.26, 1, 0.74), front, box.width * 0.06);
}

function page(ink: Ink, box: Rect): void {
  fillRect(ink, box, '#ffffff', box.width * 0.08);
  strokeRect(ink, box, '#c9c4c1', box.width * 0.08);
  for (const at of [0.24, 0.4, 0.56, 0.72]) {
    const width = at === 0.72 ? 0.36 : 0.64;
    fillRect(ink, part(box, 0.18, at, width, 0.06), '#a9b4c4', 1);
  }
}

function gear(ink: Ink, box: Rect): void {
  const { context } = ink;
  const [x, y, s] = [box.x + box.width / 2, box.y + box.height / 2, box.width];
  context.fillStyle = '#ffffff';
  for (let tooth = 0; tooth < 8; tooth += 1) {
    context.save();
    context.translate(x, y);
    context.rotate((tooth * Math.PI) / 4);
    context.fillRect(-s * 0.055, -s * 0.33, s * 0.11, s * 0.2);
    context.restore();
  }
  circle(ink, x, y, s * 0.24, '#ffffff');
  circle(ink, x, y, s * 0.1, '#77757c');
}
