/** The settings of the simulated desktop: what `gsettings` reads and writes and the settings window shows. */

export interface SettingKey {
  schema: string;
  key: string;
}

type SettingValue = boolean | string;

const INTERFACE = 'org.gnome.desktop.interface';

export const COLOR_SCHEME: SettingKey = { schema: INTERFACE, key: 'color-scheme' };
export const CLOCK_FORMAT: SettingKey = { schema: INTERFACE, key: 'clock-format' };
export const CLOCK_SECONDS: SettingKey = { schema: INTERFACE, key: 'clock-show-seconds' };
export const CLOCK_WEEKDAY: SettingKey = { schema: INTERFACE, key: 'clock-show-weekday' };
export const BATTERY_PERCENTAGE: SettingKey = { schema: INTERFACE, key: 'show-battery-percentage' };
export const SHOW_BANNERS: SettingKey = { schema: 'org.gnome.desktop.notifications', key: 'show-banners' };
export const LOCK_SCREEN_NOTICES: SettingKey = {
  schema: 'org.gnome.desktop.notifications',
  key: 'show-in-lock-screen',
};
export const NIGHT_LIGHT: SettingKey = {
  schema: 'org.gnome.settings-daemon.plugins.color',
  key: 'night-light-enabled',
};
export const SCREEN_LOCK: SettingKey = { schema: 'org.gnome.desktop.screensaver', key: 'lock-enabled' };
export const RECENT_FILES: SettingKey = { schema: 'org.gnome.desktop.privacy', key: 'remember-recent-files' };
export const PICTURE_URI: SettingKey = { schema: 'org.gnome.desktop.background', key: 'picture-uri' };

const DEFAULTS: readonly (readonly [SettingKey, SettingValue])[] = [
  [COLOR_SCHEME, 'default'],
  [CLOCK_FORMAT, '24h'],
  [CLOCK_SECONDS, false],
  [CLOCK_WEEKDAY, true],
  [BATTERY_PERCENTAGE, false],
  [SHOW_BANNERS, true],
  [LOCK_SCREEN_NOTICES, true],
  [NIGHT_LIGHT, false],
  [SCREEN_LOCK, true],
  [RECENT_FILES, true],
  [PICTURE_URI, ''],
];

export class Settings {
  readonly #values = new Map(DEFAULTS.map(([key, value]) => [nameOf(key), value]));

  get(key: SettingKey): SettingValue | undefined {
    return this.#values.get(nameOf(key));
  }

  /** Returns false when there is no such key or the value is of another type. */
  set(key: SettingKey, value: SettingValue): boolean {
    if (typeof this.get(key) !== typeof value) return false;
    this.#values.set(nameOf(key), value);
    return true;
  }

  hasSchema(schema: string): boolean {
    return [...this.#values.keys()].some((name) => name.startsWith(`${schema} `));
  }
}

function nameOf({ schema, key }: SettingKey): string {
  return `${schema} ${key}`;
}
