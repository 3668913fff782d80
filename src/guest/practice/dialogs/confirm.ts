/** A question with two or three answers. */
import type { Dialog } from '../application.js';
import type { Control } from '../control.js';
import type { Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { button, label } from '../widgets.js';
import { dialogCard } from './frame.js';

export interface Answer {
  label: string;
  choose(): void;
}

const WIDTH = 560;
const HEIGHT = 210;
const GAP = 12;

/** The first answer is taken by Escape, the last one by Enter. */
export class ConfirmDialog implements Dialog {
  constructor(
    readonly name: string,
    private readonly detail: string,
    private readonly answers: readonly Answer[],
  ) {}

  controls(window: Rect): Control[] {
    const { card, controls } = dialogCard(window, WIDTH, HEIGHT);
    const text = (y: number, height: number) => ({
      x: card.x + 24,
      y: card.y + y,
      width: card.width - 48,
      height,
    });
    const width = (card.width - 48 - GAP * (this.answers.length - 1)) / this.answers.length;
    return [
      ...controls,
      label(text(28, 32), this.name, { size: 19, bold: true, centred: true }),
      label(text(70, 28), this.detail, { centred: true }),
      ...this.answers.map(({ label: name, choose }, index) =>
        button(
          { x: card.x + 24 + index * (width + GAP), y: card.y + card.height - 68, width, height: 44 },
          name,
          choose,
          { suggested: index === this.answers.length - 1 },
        ),
      ),
    ];
  }

  key({ key }: KeyStroke): void {
    if (key === 'escape') this.answers[0]?.choose();
    if (key === 'enter') this.answers.at(-1)?.choose();
  }
}
