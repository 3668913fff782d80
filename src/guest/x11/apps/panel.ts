/** The panel at the top of the screen, by tint2: launchers, the windows and a clock, for agents that click. */
import { posix } from 'node:path';
import { EDITOR_ICON, GLOBE_ICON, TERMINAL_ICON } from './icons.js';

export interface PanelOptions {
  /** Where its files will be. */
  folder: string;
  hasBrowser: boolean;
  hasEditor: boolean;
}

/** Name of the file with tint2's configuration. */
export const PANEL_CONFIG = 'tint2rc';

/** File name of each file that the panel needs, and its text. */
export function panelFiles({ folder, hasBrowser, hasEditor }: PanelOptions): Record<string, string> {
  const launchers = [
    ...(hasBrowser ? [{ name: 'Web Browser', command: 'google-chrome', icon: GLOBE_ICON }] : []),
    { name: 'Terminal', command: 'gnome-terminal', icon: TERMINAL_ICON },
    ...(hasEditor ? [{ name: 'Text Editor', command: 'gedit', icon: EDITOR_ICON }] : []),
  ];
  const files: Record<string, string> = {};
  for (const { name, command, icon } of launchers) {
    files[`${command}.svg`] = icon;
    files[`${command}.desktop`] = desktopFile(name, command, posix.join(folder, `${command}.svg`));
  }
  const entries = launchers.map(({ command }) => posix.join(folder, `${command}.desktop`));
  return { ...files, [PANEL_CONFIG]: panelConfig(entries) };
}

/** Of the Desktop Entry Specification. What tint2 itself caches concerns no program. */
function desktopFile(name: string, command: string, icon: string): string {
  return `[Desktop Entry]\nType=Application\nName=${name}\nExec=env -u XDG_CACHE_HOME ${command}\nIcon=${icon}\n`;
}

/** `entries`: paths of the launchers' files, from the left. The first background is the panel's, then a window's, the active one's. */
function panelConfig(entries: readonly string[]): string {
  return `rounded = 0
border_width = 0
background_color = #1c1024 100

rounded = 4
border_width = 0
background_color = #ffffff 10
background_color_hover = #ffffff 20

rounded = 4
border_width = 0
background_color = #ffffff 30
background_color_hover = #ffffff 35

panel_items = LTC
panel_size = 100% 34
panel_position = top center horizontal
panel_layer = top
panel_padding = 6 3 10
panel_background_id = 1
panel_monitor = primary
strut_policy = follow_size
disable_transparency = 1
wm_menu = 0
mouse_effects = 1
mouse_hover_icon_asb = 100 0 15
mouse_pressed_icon_asb = 100 0 -15

launcher_padding = 2 0 8
launcher_icon_size = 26
launcher_tooltip = 0
startup_notifications = 0
${entries.map((file) => `launcher_item_app = ${file}`).join('\n')}

taskbar_mode = single_desktop
taskbar_padding = 0 0 4
task_text = 1
task_icon = 0
task_maximum_size = 260 28
task_padding = 10 2 4
task_font = sans 10
task_font_color = #ffffff 100
task_background_id = 2
task_active_background_id = 3
task_iconified_font_color = #cfc4d6 100
task_tooltip = 0
urgent_nb_of_blink = 0
mouse_left = toggle_iconify
mouse_middle = none
mouse_right = none
mouse_scroll_up = none
mouse_scroll_down = none

time1_format = %a %d %b  %H:%M
time1_font = sans bold 10
clock_font_color = #ffffff 100
clock_padding = 6 0
`;
}
