/** The window manager's configuration: the keys of OSWorld's desktop, no menus that surprise, flat dark titles. */

const NAMESPACE = 'http://openbox.org/3.4/rc';
export const THEME_NAME = 'arpo-env';
/** Instance name in WM_CLASS of terminals that begin maximized: xterm's own option takes no notice of a panel. */
export const MAXIMIZED_TERMINAL = 'xterm-maximized';
/** Nothing opens a menu; without a file there would be the distribution's. */
export const EMPTY_MENU = '<openbox_menu xmlns="http://openbox.org/3.4/menu"/>\n';

/** openbox(1) rc.xml. */
export function openboxConfig(menuFile: string): string {
  const font = (place: string) =>
    `<font place="${place}"><name>sans</name><size>10</size><weight>${place === 'ActiveWindow' ? 'bold' : 'normal'}</weight></font>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="${NAMESPACE}">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme>
    <name>${THEME_NAME}</name><titleLayout>LIMC</titleLayout><keepBorder>yes</keepBorder><animateIconify>no</animateIconify>
    ${['ActiveWindow', 'InactiveWindow', 'MenuHeader', 'MenuItem', 'ActiveOnScreenDisplay', 'InactiveOnScreenDisplay'].map(font).join('\n    ')}
  </theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <resize><drawContents>yes</drawContents><popupShow>Never</popupShow></resize>
  <keyboard>
    ${keys({
      'A-F4': '<action name="Close"/>',
      'A-Tab':
        '<action name="NextWindow"><finalactions><action name="Focus"/><action name="Raise"/><action name="Unshade"/></finalactions></action>',
      'A-S-Tab':
        '<action name="PreviousWindow"><finalactions><action name="Focus"/><action name="Raise"/><action name="Unshade"/></finalactions></action>',
      'C-A-t': '<action name="Execute"><command>gnome-terminal</command></action>',
      'W-d': '<action name="ToggleShowDesktop"/>',
      'W-Up': '<action name="Maximize"/>',
      'W-Down': '<action name="Unmaximize"/>',
    })}
  </keyboard>
  <mouse>
    <dragThreshold>3</dragThreshold><doubleClickTime>500</doubleClickTime><screenEdgeWarpTime>0</screenEdgeWarpTime>
    ${mouse('Frame', [['A-Left', 'Drag', 'Move']])}
    ${mouse('Titlebar', [
      ['Left', 'Drag', 'Move'],
      ['Left', 'DoubleClick', 'ToggleMaximize'],
      ['Left', 'Press', 'Focus', 'Raise'],
    ])}
    ${mouse(
      'Client',
      ['Left', 'Middle', 'Right'].map((button) => [button, 'Press', 'Focus', 'Raise']),
    )}
    ${['Top', 'Bottom', 'Left', 'Right', 'TLCorner', 'TRCorner', 'BLCorner', 'BRCorner'].map((edge) => mouse(edge, [['Left', 'Drag', 'Resize']])).join('\n    ')}
    ${mouse('Icon', [['Left', 'Press', 'Focus', 'Raise']])}
    ${mouse('Iconify', [['Left', 'Click', 'Iconify']])}
    ${mouse('Maximize', [['Left', 'Click', 'ToggleMaximize']])}
    ${mouse('Close', [['Left', 'Click', 'Close']])}
  </mouse>
  <menu><file>${menuFile}</file></menu>
  <applications>
    <application class="Chromium*"><maximized>yes</maximized></application>
    <application class="Google-chrome*"><maximized>yes</maximized></application>
    <application name="${MAXIMIZED_TERMINAL}"><maximized>yes</maximized></application>
  </applications>
</openbox_config>
`;
}

/** openbox's theme format. */
export function openboxTheme(): string {
  return `border.width: 1
window.client.padding.width: 0
padding.width: 8
padding.height: 5
window.handle.width: 0
window.active.border.color: #2d1b3a
window.inactive.border.color: #4a3a55
window.active.title.bg: flat solid
window.active.title.bg.color: #2d1b3a
window.inactive.title.bg: flat solid
window.inactive.title.bg.color: #4a3a55
window.active.label.bg: parentrelative
window.inactive.label.bg: parentrelative
window.active.label.text.color: #ffffff
window.inactive.label.text.color: #cfc4d6
window.label.text.justify: center
window.active.button.*.bg: parentrelative
window.inactive.button.*.bg: parentrelative
window.active.button.*.image.color: #ffffff
window.inactive.button.*.image.color: #cfc4d6
menu.items.bg: flat solid
menu.items.bg.color: #2d1b3a
menu.items.text.color: #ffffff
osd.bg: flat solid
osd.bg.color: #2d1b3a
osd.label.text.color: #ffffff
`;
}

function keys(bindings: Readonly<Record<string, string>>): string {
  return Object.entries(bindings)
    .map(([key, action]) => `<keybind key="${key}">${action}</keybind>`)
    .join('\n    ');
}

function mouse(context: string, bindings: readonly (readonly string[])[]): string {
  const binds = bindings.map(([button = '', event = '', ...actions]) => {
    const all = actions.map((name) => `<action name="${name}"/>`).join('');
    return `<mousebind button="${button}" action="${event}">${all}</mousebind>`;
  });
  return `<context name="${context}">${binds.join('')}</context>`;
}
