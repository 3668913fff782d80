/** The settings window: pages of switches over the desktop's settings. */
import type { Application, DesktopHost } from '../application.js';
import type { Control } from '../control.js';
import type { Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { fillRect, line, strokeRect } from '../paint/draw.js';
import {
  BATTERY_PERCENTAGE,
  CLOCK_FORMAT,
  CLOCK_SECONDS,
  CLOCK_WEEKDAY,
  COLOR_SCHEME,
  LOCK_SCREEN_NOTICES,
  NIGHT_LIGHT,
  RECENT_FILES,
  SCREEN_LOCK,
  type SettingKey,
  SHOW_BANNERS,
} from '../settings.js';
import { label, panel, row, switchRow } from '../widgets.js';

interface SwitchDefinition {
  name: string;
  detail: string;
  setting: SettingKey;
  on: boolean | string;
  off: boolean | string;
}

const PAGES: readonly { name: string; switches: readonly SwitchDefinition[] }[] = [
  {
    name: 'Appearance',
    switches: [
      {
        name: 'Dark Style',
        detail: 'Windows in dark colours',
        setting: COLOR_SCHEME,
        on: 'prefer-dark',
        off: 'default',
      },
    ],
  },
  {
    name: 'Notifications',
    switches: [
      {
        name: 'Do Not Disturb',
        detail: 'No banners for new notifications',
        setting: SHOW_BANNERS,
        on: false,
        off: true,
      },
      {
        name: 'Lock Screen Notifications',
        detail: 'Also while the screen is locked',
        setting: LOCK_SCREEN_NOTICES,
        on: true,
        off: false,
      },
    ],
  },
  {
    name: 'Displays',
    switches: [
      {
        name: 'Night Light',
        detail: 'Warmer colours on the screen',
        setting: NIGHT_LIGHT,
        on: true,
        off: false,
      },
    ],
  },
  {
    name: 'Power',
    switches: [
      {
        name: 'Show Battery Percentage',
        detail: 'In the top bar',
        setting: BATTERY_PERCENTAGE,
        on: true,
        off: false,
      },
    ],
  },
  {
    name: 'Privacy',
    switches: [
      {
        name: 'Automatic Screen Lock',
        detail: 'After the screen has gone blank',
        setting: SCREEN_LOCK,
        on: true,
        off: false,
      },
      {
        name: 'File History',
        detail: 'Remember recently used files',
        setting: RECENT_FILES,
        on: true,
        off: false,
      },
    ],
  },
  {
    name: 'Date & Time',
    switches: [
      { name: '24-Hour Time', detail: 'Otherwise AM and PM', setting: CLOCK_FORMAT, on: '24h', off: '12h' },
      { name: 'Week Day', detail: 'In the top bar', setting: CLOCK_WEEKDAY, on: true, off: false },
      { name: 'Seconds', detail: 'In the top bar', setting: CLOCK_SECONDS, on: true, off: false },
    ],
  },
];

const SIDEBAR_WIDTH = 260;
const PAGE_ROW = 44;
const SWITCH_ROW = 72;

export class SettingsWindow implements Application {
  readonly id = 'settings';
  readonly accessibleName = 'gnome-control-center';
  readonly wmClass = ['gnome-control-center', 'Gnome-control-center'] as const;
  readonly dialog = null;
  #page = 0;

  constructor(private readonly host: DesktopHost) {}

  title(): string {
    return 'Settings';
  }

  heading(): string {
    return 'Settings';
  }

  headerControls(): Control[] {
    return [];
  }

  controls(area: Rect): Control[] {
    const sidebar: Rect = { ...area, width: SIDEBAR_WIDTH };
    const page = PAGES[this.#page];
    if (!page) return [];
    const body: Rect = { ...area, x: area.x + SIDEBAR_WIDTH + 40, width: area.width - SIDEBAR_WIDTH - 80 };
    const card: Rect = { ...body, y: body.y + 88, height: page.switches.length * SWITCH_ROW };
    return [
      panel(sidebar, (ink) => fillRect(ink, sidebar, ink.theme.sidebar)),
      ...PAGES.map(({ name }, index) =>
        row(
          {
            x: sidebar.x + 10,
            y: sidebar.y + 14 + index * PAGE_ROW,
            width: SIDEBAR_WIDTH - 20,
            height: PAGE_ROW,
          },
          name,
          {
            selected: index === this.#page,
            activate: () => {
              this.#page = index;
            },
          },
        ),
      ),
      label({ ...body, y: body.y + 28, height: 40 }, page.name, { size: 24, bold: true }),
      panel(card, (ink) => {
        fillRect(ink, card, ink.theme.field, 12);
        strokeRect(ink, card, ink.theme.border, 12);
        for (let index = 1; index < page.switches.length; index += 1) {
          const y = card.y + index * SWITCH_ROW;
          line(
            ink,
            [
              [card.x, y],
              [card.x + card.width, y],
            ],
            ink.theme.border,
            1,
          );
        }
      }),
      ...page.switches.map((definition, index) =>
        this.#switch(definition, { ...card, y: card.y + index * SWITCH_ROW, height: SWITCH_ROW }),
      ),
    ];
  }

  key({ key, control }: KeyStroke): void {
    if (control && (key === 'w' || key === 'q')) this.host.close(this);
    else if (key === 'up') this.#page = Math.max(0, this.#page - 1);
    else if (key === 'down') this.#page = Math.min(PAGES.length - 1, this.#page + 1);
  }

  mayClose(): boolean {
    return true;
  }

  #switch({ name, detail, setting, on, off }: SwitchDefinition, bounds: Rect): Control {
    const isOn = this.host.settings.get(setting) === on;
    return switchRow(bounds, name, detail, isOn, () => {
      this.host.settings.set(setting, isOn ? off : on);
    });
  }
}
