/** What the demo's agent does, through the real HTTP API with code in the shape of the vectors. */
import { expect, test } from 'vitest';
import { desktopIconCentre } from '../../src/guest/practice/index.js';
import { practiceDesktop } from './practice-desktop.js';

const SENTENCE = 'Desktops here, GPUs there, one tunnel between.';

test('open a file from the desktop, type, save: the file holds what was typed', async () => {
  await using guest = await practiceDesktop();
  const icon = desktopIconCentre(0);

  await guest.act(`pyautogui.doubleClick(${icon.x}.0, ${icon.y}.0, button='left')`);
  expect(await guest.tree()).toContain('name="note.txt (~/Desktop) - Text Editor"');
  await guest.act(`pyautogui.write('${SENTENCE}', interval=0.1)\ntime.sleep(0.5)\n`);
  expect(await guest.tree()).toContain('name="*note.txt (~/Desktop) - Text Editor"');
  expect((await guest.agent.file('/home/user/Desktop/note.txt'))?.toString()).toBe('');
  await guest.act(`pyautogui.hotkey('ctrl', 's')`);

  expect((await guest.agent.file('/home/user/Desktop/note.txt'))?.toString()).toBe(SENTENCE);
  expect((await guest.agent.execute('cat ~/Desktop/note.txt', { shell: true })).output).toBe(SENTENCE);
});

test('start the editor, type, save: a new file is in ~/Documents', async () => {
  await using guest = await practiceDesktop();

  await guest.agent.launch('gedit');
  await guest.act(
    `pyautogui.write('${SENTENCE}', interval=0.1)\ntime.sleep(0.5)\n\npyautogui.press('enter')`,
  );
  await guest.act(`pyautogui.hotkey('ctrl', 's')`);

  expect((await guest.agent.file('~/Documents/Untitled Document 1'))?.toString()).toBe(`${SENTENCE}\n`);
});

test('every step of an episode changes the picture, waiting does not', async () => {
  await using guest = await practiceDesktop();
  const icon = desktopIconCentre(0);
  const pictures = [await guest.agent.screenshot()];
  for (const calls of [
    'pyautogui.moveTo(300, 300)',
    `pyautogui.doubleClick(${icon.x}, ${icon.y})`,
    `pyautogui.write('a')`,
    `pyautogui.hotkey('ctrl', 'a')`,
    `pyautogui.hotkey('ctrl', 's')`,
  ]) {
    await guest.act(calls);
    pictures.push(await guest.agent.screenshot());
  }
  for (const [index, picture] of pictures.slice(1).entries()) {
    expect(picture.equals(pictures[index] ?? picture), `picture ${index + 1}`).toBe(false);
  }
  await guest.act('time.sleep(0.5)');
  expect((await guest.agent.screenshot()).equals(pictures.at(-1) ?? Buffer.alloc(0))).toBe(true);
});
