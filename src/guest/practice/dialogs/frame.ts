/** What all dialogs look like: the window behind is dimmed, a card stands in its middle. */
import type { Control } from '../control.js';
import type { Rect } from '../geometry.js';
import { fillRect, shadow } from '../paint/draw.js';
import { panel } from '../widgets.js';

export function dialogCard(window: Rect, width: number, height: number): { card: Rect; controls: Control[] } {
  const card: Rect = {
    width: Math.min(width, window.width - 40),
    height: Math.min(height, window.height - 40),
    x: 0,
    y: 0,
  };
  card.x = Math.round(window.x + (window.width - card.width) / 2);
  card.y = Math.round(window.y + (window.height - card.height) / 2);
  const backdrop = panel(window, (ink) => {
    fillRect(ink, window, 'rgba(0, 0, 0, 0.45)');
    shadow(ink, card, 14, 0.5);
    fillRect(ink, card, ink.theme.window, 14);
  });
  return { card, controls: [backdrop] };
}
