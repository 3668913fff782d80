/** The controls that windows are built of: buttons, switches, rows, fields, labels. */
import type { AccessibleState, Control, MenuItem } from './control.js';
import { centre, inset, type Rect } from './geometry.js';
import { clipped, drawText, fillRect, type Ink, strokeRect } from './paint/draw.js';
import { MONO_ADVANCE, monoFont, uiFont } from './paint/fonts.js';
import { drawIcon, type IconName } from './paint/icons.js';
import type { TextBuffer } from './text/buffer.js';

type Action = () => void | Promise<void>;

const FIELD_FONT_SIZE = 18;
const FIELD_ADVANCE = FIELD_FONT_SIZE * MONO_ADVANCE;
const FIELD_PADDING = 12;

export function button(bounds: Rect, name: string, activate: Action, { suggested = false } = {}): Control {
  return {
    role: 'push button',
    name,
    bounds,
    activate,
    states: ['focusable'],
    draw(ink) {
      fillRect(ink, bounds, suggested ? ink.theme.accent : ink.theme.control, 8);
      drawText(ink, name, centre(bounds).x, centre(bounds).y, {
        font: uiFont(15, 500),
        color: suggested ? ink.theme.onAccent : ink.theme.text,
        align: 'center',
        maxWidth: bounds.width - 12,
      });
    },
  };
}

export function iconButton(
  bounds: Rect,
  name: string,
  icon: IconName,
  activate: Action,
  { round = false } = {},
): Control {
  return {
    role: 'push button',
    name,
    bounds,
    activate,
    draw(ink) {
      if (round) fillRect(ink, bounds, ink.theme.control, bounds.width / 2);
      drawIcon(ink, icon, bounds, ink.theme.text);
    },
  };
}

/** A row of a card with a label, a line of explanation and a switch; the whole row switches. */
export function switchRow(bounds: Rect, name: string, detail: string, on: boolean, toggle: Action): Control {
  const track: Rect = { x: bounds.x + bounds.width - 72, y: centre(bounds).y - 14, width: 52, height: 28 };
  return {
    role: 'toggle button',
    name,
    bounds,
    activate: toggle,
    states: on ? ['focusable', 'checked'] : ['focusable'],
    draw(ink) {
      drawText(ink, name, bounds.x + 20, centre(bounds).y - 11, { font: uiFont(16), color: ink.theme.text });
      drawText(ink, detail, bounds.x + 20, centre(bounds).y + 13, {
        font: uiFont(13),
        color: ink.theme.dimText,
      });
      fillRect(ink, track, on ? ink.theme.accent : ink.theme.switchOff, 14);
      fillRect(ink, { x: track.x + (on ? 27 : 3), y: track.y + 3, width: 22, height: 22 }, '#ffffff', 11);
    },
  };
}

interface RowOptions {
  icon?: IconName;
  /** Text at the right. */
  detail?: string;
  selected?: boolean;
  press?: () => void;
  activate?: Action;
  open?: Action;
  menu?: () => MenuItem[];
  scroll?: (clicks: number) => void;
}

/** A row of a list or of a sidebar. */
export function row(bounds: Rect, name: string, options: RowOptions): Control {
  const { icon, detail, selected = false, ...actions } = options;
  const states: AccessibleState[] = selected ? ['focusable', 'selected'] : ['focusable'];
  return {
    role: 'list item',
    name,
    bounds,
    states,
    ...actions,
    draw(ink) {
      if (selected) fillRect(ink, inset(bounds, 2), ink.theme.selection, 8);
      const indent = icon ? 52 : 16;
      if (icon) drawIcon(ink, icon, { x: bounds.x + 14, y: centre(bounds).y - 13, width: 26, height: 26 });
      drawText(ink, name, bounds.x + indent, centre(bounds).y, {
        font: uiFont(15),
        color: ink.theme.text,
        maxWidth: bounds.width - indent - (detail ? 240 : 12),
      });
      if (detail) {
        drawText(ink, detail, bounds.x + bounds.width - 20, centre(bounds).y, {
          font: uiFont(14),
          color: ink.theme.dimText,
          align: 'right',
        });
      }
    },
  };
}

/** A field for one line of text. `focus` is called when it is clicked. */
export function textField(
  bounds: Rect,
  name: string,
  buffer: TextBuffer,
  focused: boolean,
  focus: () => void,
): Control {
  const visible = Math.floor((bounds.width - 2 * FIELD_PADDING) / FIELD_ADVANCE);
  const first = Math.max(0, buffer.caret - visible);
  const offsetAt = (x: number) =>
    first + Math.max(0, Math.round((x - bounds.x - FIELD_PADDING) / FIELD_ADVANCE));
  return {
    role: 'text',
    name,
    bounds,
    cursor: 'text',
    text: buffer.text,
    states: focused ? ['editable', 'focusable', 'focused'] : ['editable', 'focusable'],
    press(at, clicks, extend) {
      focus();
      if (clicks > 1) buffer.selectAll();
      else buffer.moveTo(offsetAt(at.x), { select: extend });
    },
    drag: (at) => buffer.moveTo(offsetAt(at.x), { select: true }),
    draw(ink) {
      fillRect(ink, bounds, ink.theme.field, 8);
      strokeRect(ink, bounds, focused ? ink.theme.accent : ink.theme.border, 8, focused ? 2 : 1);
      clipped(ink, inset(bounds, 4), 4, () => drawFieldText(ink, bounds, buffer, first, focused));
    },
  };
}

function drawFieldText(ink: Ink, bounds: Rect, buffer: TextBuffer, first: number, focused: boolean): void {
  const x = (offset: number) => bounds.x + FIELD_PADDING + (offset - first) * FIELD_ADVANCE;
  const { start, end } = buffer.selection;
  const middle = centre(bounds).y;
  if (start < end) {
    const width = (end - start) * FIELD_ADVANCE;
    fillRect(ink, { x: x(start), y: middle - 12, width, height: 24 }, ink.theme.selection);
  }
  drawText(ink, buffer.text.slice(first), x(first), middle, {
    font: monoFont(FIELD_FONT_SIZE),
    color: ink.theme.text,
  });
  if (focused)
    fillRect(ink, { x: x(buffer.caret) - 1, y: middle - 11, width: 2, height: 22 }, ink.theme.text);
}

export function label(
  bounds: Rect,
  name: string,
  style: { size?: number; bold?: boolean; dim?: boolean; centred?: boolean } = {},
): Control {
  return {
    role: 'label',
    name,
    bounds,
    text: name,
    draw(ink) {
      drawText(ink, name, style.centred ? centre(bounds).x : bounds.x, centre(bounds).y, {
        font: uiFont(style.size ?? 15, style.bold ? 700 : 400),
        color: style.dim ? ink.theme.dimText : ink.theme.text,
        align: style.centred ? 'center' : 'left',
        maxWidth: bounds.width,
      });
    },
  };
}

/** A surface behind other controls: a card, a sidebar. */
export function panel(bounds: Rect, paint: (ink: Ink) => void): Control {
  return { role: 'panel', name: '', bounds, draw: paint };
}
