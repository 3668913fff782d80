import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FixtureDesktop } from '../fixture-desktop.js';
import { get } from './get.js';

describe('vlc', () => {
  it('vlc_config is the settings file, which must be there', async () => {
    await using desktop = await FixtureDesktop.start();
    const config = { type: 'vlc_config', dest: 'vlcrc' };
    await expect(get(config, desktop.context())).rejects.toMatchObject({ name: 'TypeError' });
    desktop.files.set('~/.config/vlc/vlcrc', 'qt-bgcone=0');
    expect(await readFile(String(await get(config, desktop.context())), 'utf8')).toBe('qt-bgcone=0');
  });

  it('vlc_playing_info is the status document, or null', async () => {
    await using desktop = await FixtureDesktop.start();
    const config = { type: 'vlc_playing_info', dest: 'status.xml' };
    expect(await get(config, desktop.context())).toBe(null);
    desktop.vlcStatus = '<root/>';
    expect(await readFile(String(await get(config, desktop.context())), 'utf8')).toBe('<root/>');
  });

  it.each([
    [['vlc.desktop', 'vlc.desktop', 'totem.desktop'], 'vlc.desktop\n'],
    [['', 'totem.desktop', ''], 'totem.desktop\n'],
    [['', ''], 'unknown'],
  ])('default_video_player of %j', async (defaults, player) => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = () => ({ output: `${defaults.join('\n')}\n` });
    expect(await get({ type: 'default_video_player' }, desktop.context())).toBe(player);
  });
});

it('gimp_config_file is a file of GIMP’s folder, or null', async () => {
  await using desktop = await FixtureDesktop.start();
  const config = { type: 'gimp_config_file', file_name: 'gimprc', dest: 'gimprc' };
  expect(await get(config, desktop.context())).toBe(null);
  desktop.files.set('~/.config/GIMP/2.10/gimprc', '(theme "Light")');
  expect(await readFile(String(await get(config, desktop.context())), 'utf8')).toBe('(theme "Light")');
});

describe('vscode_config', () => {
  const config = {
    type: 'vscode_config',
    vscode_extension_command: `Open'"\\`,
    path: '/out.txt',
    dest: 'out.txt',
  };

  it('types the command into the palette and fetches what it writes', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = ({ command }) => {
      if (String(command).includes("press('enter')")) desktop.files.set('/out.txt', 'project');
      return {};
    };

    expect(await readFile(String(await get(config, desktop.context())), 'utf8')).toBe('project');
    expect(desktop.commands.map(({ command }) => String(command).split('FAILSAFE = False; ')[1])).toEqual([
      `pyautogui.hotkey('ctrl', 'shift', 'p')`,
      String.raw`pyautogui.typewrite("Open'\"\\")`,
      `pyautogui.press('enter')`,
    ]);
  });

  it('fails when the guest cannot type', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = () => ({ returncode: 1, error: 'no display\n' });
    await expect(get(config, desktop.context())).rejects.toThrow(
      /could not do pyautogui\.hotkey.*: no display$/,
    );
  });
});

it('shortcuts_on_desktop are the desktop entries’ contents', async () => {
  await using desktop = await FixtureDesktop.start();
  desktop.answers.set('/desktop_path', { desktop_path: '/home/user/Desktop' });
  const children = [{ name: 'a.desktop' }, { name: 'b.txt' }];
  desktop.answers.set('/list_directory', { directory_tree: { name: 'Desktop', children } });
  desktop.files.set('/home/user/Desktop/a.desktop', 'Name=A\r\n');

  expect(await get({ type: 'shortcuts_on_desktop' }, desktop.context())).toEqual({
    'a.desktop': 'Name=A\r\n',
  });
});
