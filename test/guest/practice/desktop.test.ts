/** What a person would see and do on the practice desktop, by pyautogui code and the accessibility tree. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { desktopIconCentre } from '../../../src/guest/practice/index.js';
import { type PracticeGuest, practiceDesktop } from '../practice-desktop.js';

interface Node {
  tag: string;
  name: string;
  text: string;
  states: string[];
  x: number;
  y: number;
  width: number;
  height: number;
}

async function nodes(guest: PracticeGuest): Promise<Node[]> {
  const numbers = (text: string) => text.match(/-?\d+/g)?.map(Number) ?? [];
  return [...(await guest.tree()).matchAll(/<([\w-]+) name="([^"]*)"([^>]*?)(?:\/>|>([^<]*))/g)].map(
    ([, tag = '', name = '', rest = '', text = '']) => {
      const attribute = (key: string) => new RegExp(`${key}="([^"]*)"`).exec(rest)?.[1] ?? '';
      const [x = 0, y = 0] = numbers(attribute('cp:screencoord'));
      const [width = 0, height = 0] = numbers(attribute('cp:size'));
      return {
        tag,
        name,
        text,
        x,
        y,
        width,
        height,
        states: [...rest.matchAll(/st:([\w-]+)="true"/g)].map(([, state = '']) => state),
      };
    },
  );
}

/** The last one of that name: the one in front. */
async function node(guest: PracticeGuest, tag: string, name: string): Promise<Node> {
  const found = (await nodes(guest)).findLast(
    (candidate) => candidate.tag === tag && candidate.name === name,
  );
  if (!found) throw new Error(`there is no ${tag} ${name} on the screen`);
  return found;
}

async function click(guest: PracticeGuest, tag: string, name: string, how = 'click'): Promise<void> {
  const { x, y, width, height } = await node(guest, tag, name);
  await guest.act(`pyautogui.${how}(${x + width / 2}, ${y + height / 2})`);
}

async function frames(guest: PracticeGuest): Promise<string[]> {
  return (await nodes(guest)).filter(({ tag }) => tag === 'frame').map(({ name }) => name);
}

async function document(guest: PracticeGuest): Promise<string> {
  return (await node(guest, 'text', 'Document')).text;
}

/** A window with a new document. */
async function openEditor(guest: PracticeGuest): Promise<void> {
  await guest.shell('gedit');
}

const NEW = 'Untitled Document 1 - Text Editor';
const NOTE = 'note.txt (~/Desktop) - Text Editor';

describe('windows', () => {
  test('open, come to the front by a click, and close', async () => {
    await using guest = await practiceDesktop();
    await openEditor(guest);
    await guest.agent.openFile('~/Desktop/note.txt');
    expect(await frames(guest)).toEqual([NEW, NOTE]);
    const { x, y } = await node(guest, 'frame', NEW);
    await guest.act(`pyautogui.click(${x + 10}, ${y + 100})`);
    expect(await frames(guest)).toEqual([NOTE, NEW]);
    await click(guest, 'push-button', 'Close');
    expect(await frames(guest)).toEqual([NOTE]);
    await guest.act("pyautogui.hotkey('alt', 'f4')");
    expect(await frames(guest)).toEqual([]);
  });

  test('are dragged by their title, maximized by a double click on it or by a button, and go back', async () => {
    await using guest = await practiceDesktop();
    await openEditor(guest);
    const frame = () => node(guest, 'frame', NEW);
    const before = await frame();
    await guest.act(
      `pyautogui.moveTo(${before.x + 200}, ${before.y + 20})\npyautogui.dragTo(${before.x + 320}, ${before.y - 30}, duration=1.0)`,
    );
    expect(await frame()).toMatchObject({ x: before.x + 120, y: before.y - 50, width: before.width });

    await guest.act('pyautogui.doubleClick()');
    expect(await frame()).toMatchObject({ x: 0, y: 32, width: 1920, height: 1048 });
    await click(guest, 'push-button', 'Restore');
    expect(await frame()).toMatchObject({ x: before.x + 120, width: before.width });
    await click(guest, 'push-button', 'Maximize');
    expect(await frame()).toMatchObject({ x: 0, width: 1920 });
  });

  test('cannot be dragged out of reach', async () => {
    await using guest = await practiceDesktop();
    await openEditor(guest);
    const { x, y } = await node(guest, 'title-bar', 'Untitled Document 1');
    await guest.act(`pyautogui.moveTo(${x + 300}, ${y + 20})\npyautogui.dragTo(1919, 1079)`);
    const moved = await node(guest, 'title-bar', 'Untitled Document 1');
    expect(moved.x).toBeLessThanOrEqual(1800);
    expect(moved.y).toBeLessThanOrEqual(1032);
  });

  test('alt+tab goes back and forth between two, further with alt held', async () => {
    await using guest = await practiceDesktop();
    for (const name of ['note.txt', 'read me.txt']) await guest.agent.openFile(`~/Desktop/${name}`);
    await openEditor(guest);
    const front = async () => (await frames(guest)).at(-1);
    await guest.act("pyautogui.hotkey('alt', 'tab')");
    expect(await front()).toBe('read me.txt (~/Desktop) - Text Editor');
    await guest.act("pyautogui.hotkey('alt', 'tab')");
    expect(await front()).toBe(NEW);
    await guest.act("pyautogui.keyDown('alt')\npyautogui.press('tab', presses=2)\npyautogui.keyUp('alt')");
    expect(await front()).toBe(NOTE);
  });

  test('a click of another program right after is not a double click', async () => {
    await using guest = await practiceDesktop();
    const { x, y } = desktopIconCentre(0);
    await guest.act(`pyautogui.click(${x}, ${y})`);
    await guest.act(`pyautogui.click(${x}, ${y})`);
    expect(await frames(guest)).toEqual([]);
    await guest.act(`pyautogui.click(${x}, ${y}, clicks=2, interval=0.1)`);
    expect(await frames(guest)).toEqual([NOTE]);
  });

  test('there is an end to how many', async () => {
    await using guest = await practiceDesktop();
    for (let count = 0; count < 16; count += 1) await openEditor(guest);
    expect(await guest.agent.execute(['gedit'])).toMatchObject({
      returncode: 1,
      error: 'gedit: more than 16 windows are open\n',
    });
  });
});

describe('icons', () => {
  test('are the files of ~/Desktop; enter opens the one that is selected', async () => {
    await using guest = await practiceDesktop();
    await guest.shell('mkdir Desktop/folder; touch Desktop/.hidden');
    const icons = (await nodes(guest)).filter(({ tag }) => tag === 'icon').map(({ name }) => name);
    expect(icons).toEqual(['folder', 'note.txt', 'read me.txt']);
    await click(guest, 'icon', 'note.txt');
    expect((await node(guest, 'icon', 'note.txt')).states).toContain('selected');
    await guest.act("pyautogui.press('enter')");
    expect(await frames(guest)).toEqual([NOTE]);
  });

  test('a file that nothing opens is said on the screen, until the next click', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.upload('/home/user/Desktop/a.bin', Buffer.from([0, 1]));
    await click(guest, 'icon', 'a.bin', 'doubleClick');
    expect(await node(guest, 'notification', 'Cannot open “a.bin”')).toBeDefined();
    expect(await frames(guest)).toEqual([]);
    await guest.act('pyautogui.click(1200, 800)');
    expect(await guest.tree()).not.toContain('notification');
  });

  test('as many files as a guest makes: those that have a place are shown', async () => {
    await using guest = await practiceDesktop();
    const names = Array.from({ length: 1000 }, (_, index) => `Desktop/${index}`);
    await guest.agent.execute(['touch', ...names]);
    expect((await guest.agent.screenshot()).length).toBeGreaterThan(10_000);
    expect((await guest.tree()).match(/<icon /g)?.length).toBeLessThan(200);
  });
});

describe('the panel', () => {
  test('has the guest’s time', async () => {
    await using guest = await practiceDesktop();
    expect(await node(guest, 'label', 'Sat 21 Nov  10:24')).toBeDefined();
    await guest.shell('sleep 60');
    expect(await node(guest, 'label', 'Sat 21 Nov  10:25')).toBeDefined();
  });
});

describe('the editor', () => {
  test('selects, copies, cuts and pastes with the mouse and the keyboard', async () => {
    await using guest = await practiceDesktop();
    await openEditor(guest);
    await guest.act("pyautogui.write('alpha beta\\ngamma')");
    const { x, y } = await node(guest, 'text', 'Document');
    await guest.act(`pyautogui.doubleClick(${x + 20}, ${y + 20})\npyautogui.hotkey('ctrl', 'x')`);
    expect(await document(guest)).toBe(' beta\ngamma');
    await guest.act("pyautogui.hotkey('ctrl', 'end')\npyautogui.hotkey('ctrl', 'v')");
    expect(await document(guest)).toBe(' beta\ngammaalpha');
    await guest.act(`pyautogui.tripleClick(${x + 20}, ${y + 46})\npyautogui.write('new')`);
    expect(await document(guest)).toBe(' beta\nnew');
    await guest.act(
      `pyautogui.moveTo(${x + 14}, ${y + 20})\npyautogui.dragTo(${x + 44}, ${y + 20}, duration=1.0)\npyautogui.press('delete')`,
    );
    expect(await document(guest)).toBe('ta\nnew');
    await guest.act(
      "pyautogui.hotkey('ctrl', 'a')\npyautogui.press('backspace')\npyautogui.hotkey('ctrl', 'z')",
    );
    expect(await document(guest)).toBe('ta\nnew');
  });

  test('a new document is saved among the documents', async () => {
    await using guest = await practiceDesktop();
    await openEditor(guest);
    await openEditor(guest);
    await guest.act("pyautogui.write('mine')");
    await click(guest, 'push-button', 'Save');
    expect(await frames(guest)).toEqual([NEW, 'Untitled Document 2 (~/Documents) - Text Editor']);
    expect(await guest.shell("cat 'Documents/Untitled Document 2'")).toBe('mine');
  });

  test('says when it cannot save', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.openFile('~/Desktop/note.txt');
    await guest.shell('rm -r Desktop');
    await guest.act("pyautogui.write('x')\npyautogui.hotkey('ctrl', 's')");
    const notice = 'Could not save /home/user/Desktop/note.txt: No such file or directory';
    expect(await node(guest, 'notification', notice)).toBeDefined();
    expect(await frames(guest)).toEqual([`*${NOTE}`]);
  });

  test('changes are lost only by whoever closes twice', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.openFile('~/Desktop/note.txt');
    await guest.act("pyautogui.write('draft')\npyautogui.hotkey('ctrl', 'w')");
    const notice = '“note.txt” is not saved: Ctrl+S saves it, closing again discards it';
    expect(await node(guest, 'notification', notice)).toBeDefined();
    expect(await frames(guest)).toEqual([`*${NOTE}`]);
    await guest.act("pyautogui.write('!')\npyautogui.hotkey('alt', 'f4')");
    expect(await node(guest, 'notification', notice)).toBeDefined();
    await guest.act("pyautogui.hotkey('ctrl', 's')\npyautogui.hotkey('ctrl', 'w')");
    expect(await frames(guest)).toEqual([]);
    expect(await guest.shell('cat Desktop/note.txt')).toBe('draft!');

    await guest.agent.openFile('~/Desktop/note.txt');
    await guest.act("pyautogui.write('never')\npyautogui.hotkey('ctrl', 'w')");
    await click(guest, 'push-button', 'Close');
    expect(await frames(guest)).toEqual([]);
    expect(await guest.shell('cat Desktop/note.txt')).toBe('draft!');
  });

  test('takes no file and no typing that would hold up its host', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.upload('/tmp/large.txt', Buffer.alloc(64 * 1024 + 1, 'x'));
    expect((await guest.agent.execute(['xdg-open', '/tmp/large.txt'])).error).toBe(
      'xdg-open: /tmp/large.txt is too large for the text editor\n',
    );
    await guest.agent.upload('/tmp/full.txt', Buffer.alloc(64 * 1024, 'x'));
    await guest.agent.openFile('/tmp/full.txt');
    await guest.act("pyautogui.write('y')\npyautogui.hotkey('ctrl', 's')");
    expect((await guest.agent.file('/tmp/full.txt'))?.includes('y')).toBe(false);
  });

  test('scrolls with the wheel, and back to the caret when a key is typed', async () => {
    await using guest = await practiceDesktop();
    const numbers = Array.from({ length: 200 }, (_, index) => `${index + 1}\n`);
    await guest.agent.upload('~/Documents/numbers.txt', Buffer.from(numbers.join('')));
    await guest.agent.openFile('~/Documents/numbers.txt');
    const { x, y } = await node(guest, 'text', 'Document');
    const top = await guest.agent.screenshot();
    await guest.act(`pyautogui.scroll(-5, x=${x + 300}, y=${y + 300})`);
    const scrolled = await guest.agent.screenshot();
    expect(scrolled.equals(top)).toBe(false);
    await guest.act('pyautogui.scroll(-500)\npyautogui.scroll(500)');
    await guest.act("pyautogui.hotkey('ctrl', 'end')\npyautogui.press('backspace')\npyautogui.write('0!')");
    expect(await document(guest)).toMatch(/\n2000!$/);
  });
});

test('a smaller screen keeps every window on it', async () => {
  await using guest = await practiceDesktop();
  await openEditor(guest);
  await fetch(new URL('set_screen_resolution', guest.desktop.agent), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ width: 800, height: 600 }),
  });
  const { x, y, width, height } = await node(guest, 'frame', 'Untitled Document 1 - Text Editor');
  expect(x + width).toBeLessThanOrEqual(800);
  expect(y + height).toBeLessThanOrEqual(600);
});

test('whatever is done with mouse and keyboard, the desktop lives on', { timeout: 60_000 }, async () => {
  const spot = fc
    .tuple(fc.integer({ min: 0, max: 1919 }), fc.integer({ min: 0, max: 1079 }))
    .map((point) => point.join(', '));
  const key = fc.constantFrom(
    'enter',
    'escape',
    'tab',
    'up',
    'down',
    'backspace',
    'delete',
    'win',
    'f4',
    'a',
    's',
    'o',
    'w',
    'n',
    'q',
  );
  const call = fc.oneof(
    spot.map((at) => `click(${at})`),
    spot.map((at) => `doubleClick(${at})`),
    spot.map((at) => `rightClick(${at})`),
    spot.map((at) => `dragTo(${at}, duration=0.2)`),
    spot.map((at) => `scroll(-3, ${at})`),
    key.map((name) => `press('${name}')`),
    fc
      .tuple(fc.constantFrom('ctrl', 'alt', 'shift', 'win'), key)
      .map(([held, name]) => `hotkey('${held}', '${name}')`),
    fc.constantFrom('ls', 'x y', '/tmp/a').map((text) => `write('${text}\\n')`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 25 }), async (calls) => {
      await using guest = await practiceDesktop();
      await guest.act(calls.map((text) => `pyautogui.${text}`).join('\n'));
      expect((await guest.agent.screenshot()).length).toBeGreaterThan(10_000);
      expect(await guest.tree()).toMatch(/<\/desktop-frame>$/);
    }),
    { numRuns: 25 },
  );
});
