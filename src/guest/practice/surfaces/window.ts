/** A window: its frame, its header bar with buttons, and the editor in it. */
import type { Point } from '../../machine.js';
import type { Control } from '../control.js';
import type { Editor } from '../editor.js';
import { centre, inset, type Rect } from '../geometry.js';
import { PANEL_HEIGHT, TITLE_HEIGHT } from '../layout.js';
import { drawText, fillRect, type Ink, line, shadow } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { COLORS } from '../paint/theme.js';
import { roundButton } from './buttons.js';
import type { Layer } from './layer.js';

const RADIUS = 14;
const BUTTON = 28;
/** Of the header bar, that stays on the screen when a window is dragged out of it. */
const KEEP_VISIBLE = 120;
/** Left and right of the heading, for buttons. */
const BESIDE_HEADING = 210;

export interface WindowActions {
  focus(window: DesktopWindow): void;
  close(window: DesktopWindow): void;
  toggleMaximized(window: DesktopWindow): void;
}

export class DesktopWindow {
  /** As X11 prints window ids. */
  readonly id: string;
  readonly editor: Editor;
  frame: Rect;
  #restored: Rect | null = null;

  constructor(id: string, editor: Editor, frame: Rect) {
    this.id = id;
    this.editor = editor;
    this.frame = frame;
  }

  get maximized(): boolean {
    return this.#restored !== null;
  }

  /** Fills the area, or goes back to the frame from before. */
  toggleMaximized(area: Rect): void {
    const restored = this.#restored;
    this.#restored = restored === null ? this.frame : null;
    this.frame = restored ?? area;
  }

  /** Where the editor draws. */
  area(): Rect {
    return { ...this.frame, y: this.frame.y + TITLE_HEIGHT, height: this.frame.height - TITLE_HEIGHT };
  }

  layer(active: boolean, screen: Rect, actions: WindowActions): Layer {
    const header: Rect = { ...this.frame, height: TITLE_HEIGHT };
    const corners = this.maximized ? 0 : RADIUS;
    return {
      application: this.editor.accessibleName,
      frame: { title: this.editor.title(), active },
      bounds: this.frame,
      corners,
      focus: () => actions.focus(this),
      controls: [
        this.#titleBar(header, screen, actions),
        this.editor.saveButton(header),
        ...this.#buttons(header, actions),
        ...this.editor.controls(this.area(), active),
      ],
      draw: (ink) => {
        if (!this.maximized) {
          shadow(ink, this.frame, RADIUS, active ? 0.5 : 0.25);
          fillRect(ink, inset(this.frame, -1), COLORS.edge, RADIUS + 1);
        }
        fillRect(ink, this.frame, COLORS.window, corners);
        drawHeader(ink, header, this.editor.heading(), active, corners);
      },
    };
  }

  #titleBar(header: Rect, screen: Rect, actions: WindowActions): Control {
    let grab: Point = { x: 0, y: 0 };
    return {
      role: 'title bar',
      name: this.editor.heading(),
      bounds: header,
      draw: () => {},
      press: (at) => {
        grab = { x: at.x - this.frame.x, y: at.y - this.frame.y };
      },
      drag: (at) => {
        if (this.maximized) return;
        const right = screen.width - KEEP_VISIBLE;
        const x = Math.min(Math.max(at.x - grab.x, KEEP_VISIBLE - this.frame.width), right);
        const y = Math.min(Math.max(at.y - grab.y, PANEL_HEIGHT), screen.height - TITLE_HEIGHT);
        this.frame = { ...this.frame, x, y };
      },
      open: () => actions.toggleMaximized(this),
    };
  }

  #buttons(header: Rect, actions: WindowActions): Control[] {
    const at = (fromRight: number): Rect => ({
      x: header.x + header.width - 12 - fromRight * BUTTON - (fromRight - 1) * 10,
      y: header.y + (TITLE_HEIGHT - BUTTON) / 2,
      width: BUTTON,
      height: BUTTON,
    });
    const [name, icon] = this.maximized
      ? (['Restore', 'restore'] as const)
      : (['Maximize', 'maximize'] as const);
    return [
      roundButton(at(2), name, icon, () => actions.toggleMaximized(this)),
      roundButton(at(1), 'Close', 'close', () => actions.close(this)),
    ];
  }
}

function drawHeader(ink: Ink, header: Rect, heading: string, active: boolean, radius: number): void {
  fillRect(ink, header, active ? COLORS.header : COLORS.headerUnfocused, [radius, radius, 0, 0]);
  const bottom = header.y + header.height - 0.5;
  const ends = [header.x, header.x + header.width].map((x) => [x, bottom] as const);
  line(ink, ends, COLORS.border, 1);
  drawText(ink, heading, centre(header).x, centre(header).y, {
    font: uiFont(16, 700),
    color: active ? COLORS.text : COLORS.dimText,
    align: 'center',
    maxWidth: header.width - 2 * BESIDE_HEADING,
  });
}
