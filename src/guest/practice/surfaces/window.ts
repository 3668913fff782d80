/** A window: its frame, its header bar with buttons, and the application in it. */
import type { Point } from '../../machine.js';
import type { Application } from '../application.js';
import type { Control } from '../control.js';
import { centre, inset, type Rect } from '../geometry.js';
import { PANEL_HEIGHT, TITLE_HEIGHT } from '../layout.js';
import { drawText, fillRect, type Ink, line, shadow } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { iconButton } from '../widgets.js';
import type { Layer } from './layer.js';

const RADIUS = 14;
const BUTTON = 28;
/** Of the header bar, that stays on the screen when a window is dragged out of it. */
const KEEP_VISIBLE = 120;

export interface WindowActions {
  focus(window: DesktopWindow): void;
  close(window: DesktopWindow): void;
  toggleMaximized(window: DesktopWindow): void;
}

export class DesktopWindow {
  minimized = false;
  #restored: Rect | null = null;

  constructor(
    /** As X11 prints window ids. */
    readonly id: string,
    readonly application: Application,
    public frame: Rect,
  ) {}

  get maximized(): boolean {
    return this.#restored !== null;
  }

  /** Fills an area and remembers the frame from before. */
  fill(area: Rect): void {
    this.#restored ??= this.frame;
    this.frame = area;
  }

  restore(): void {
    this.frame = this.#restored ?? this.frame;
    this.#restored = null;
  }

  /** Where the application draws. */
  area(): Rect {
    return { ...this.frame, y: this.frame.y + TITLE_HEIGHT, height: this.frame.height - TITLE_HEIGHT };
  }

  layer(active: boolean, screen: Rect, actions: WindowActions): Layer {
    const header: Rect = { ...this.frame, height: TITLE_HEIGHT };
    const corners = this.maximized ? 0 : RADIUS;
    return {
      application: this.application.accessibleName,
      frame: { title: this.application.title(), active },
      bounds: this.frame,
      corners,
      focus: () => actions.focus(this),
      controls: [
        this.#titleBar(header, screen, actions),
        ...this.application.headerControls(header),
        ...this.#buttons(header, actions),
        ...this.application.controls(this.area(), active),
        ...(this.application.dialog?.controls(this.frame) ?? []),
      ],
      draw: (ink) => {
        if (!this.maximized) {
          shadow(ink, this.frame, RADIUS, active ? 0.5 : 0.25);
          fillRect(ink, inset(this.frame, -1), ink.theme.edge, RADIUS + 1);
        }
        fillRect(ink, this.frame, ink.theme.window, corners);
        drawHeader(ink, header, this.application.heading(), active, corners);
      },
    };
  }

  #titleBar(header: Rect, screen: Rect, actions: WindowActions): Control {
    let grab: Point = { x: 0, y: 0 };
    return {
      role: 'title bar',
      name: this.application.heading(),
      bounds: header,
      draw: () => {},
      press: (at) => {
        grab = { x: at.x - this.frame.x, y: at.y - this.frame.y };
      },
      drag: (at) => {
        if (this.maximized) return;
        const x = Math.min(
          Math.max(at.x - grab.x, KEEP_VISIBLE - this.frame.width),
          screen.width - KEEP_VISIBLE,
        );
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
    const maximize = this.maximized ? ('restore' as const) : ('maximize' as const);
    return [
      iconButton(at(3), 'Minimize', 'minimize', () => this.#minimize(actions), { round: true }),
      iconButton(
        at(2),
        this.maximized ? 'Restore' : 'Maximize',
        maximize,
        () => actions.toggleMaximized(this),
        { round: true },
      ),
      iconButton(at(1), 'Close', 'close', () => actions.close(this), { round: true }),
    ];
  }

  #minimize(actions: WindowActions): void {
    this.minimized = true;
    actions.focus(this);
  }
}

function drawHeader(ink: Ink, header: Rect, heading: string, active: boolean, radius: number): void {
  fillRect(ink, header, active ? ink.theme.header : ink.theme.headerUnfocused, [radius, radius, 0, 0]);
  const bottom = header.y + header.height - 0.5;
  line(
    ink,
    [
      [header.x, bottom],
      [header.x + header.width, bottom],
    ],
    ink.theme.border,
    1,
  );
  drawText(ink, heading, centre(header).x, centre(header).y, {
    font: uiFont(16, 700),
    color: active ? ink.theme.text : ink.theme.dimText,
    align: 'center',
    maxWidth: header.width - 620,
  });
}
