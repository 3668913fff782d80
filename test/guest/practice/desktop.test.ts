/** What a person would see and do on the simulated desktop, by pyautogui code and the accessibility tree. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { desktopIconCentre, dockIconCentre } from '../../../src/guest/practice/index.js';
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

async function open(
  guest: PracticeGuest,
  application: 'files' | 'editor' | 'terminal' | 'settings',
): Promise<void> {
  const { x, y } = dockIconCentre(application);
  await guest.act(`pyautogui.click(${x}, ${y})`);
}

describe('windows', () => {
  test('open from the dock, come to the front by a click, close, minimize and return', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
    await open(guest, 'terminal');
    expect(await frames(guest)).toEqual(['Untitled Document 1 - Text Editor', 'user@arpo-sim: ~']);
    await guest.act('pyautogui.click(500, 300)');
    expect(await frames(guest)).toEqual(['user@arpo-sim: ~', 'Untitled Document 1 - Text Editor']);
    await click(guest, 'push-button', 'Minimize');
    expect(await frames(guest)).toEqual(['user@arpo-sim: ~']);
    await open(guest, 'editor');
    expect(await frames(guest)).toEqual(['user@arpo-sim: ~', 'Untitled Document 1 - Text Editor']);
    await click(guest, 'push-button', 'Close');
    expect(await frames(guest)).toEqual(['user@arpo-sim: ~']);
    await guest.act("pyautogui.hotkey('alt', 'f4')");
    expect(await frames(guest)).toEqual([]);
  });

  test('are dragged by their title, maximized by a double click on it, tiled by super and arrows', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'settings');
    const frame = () => node(guest, 'frame', 'Settings');
    const before = await frame();
    await guest.act(
      `pyautogui.moveTo(${before.x + 200}, ${before.y + 20})\npyautogui.dragTo(${before.x + 320}, ${before.y - 30}, duration=1.0)`,
    );
    expect(await frame()).toMatchObject({ x: before.x + 120, y: before.y - 50, width: before.width });

    await guest.act('pyautogui.doubleClick()');
    expect(await frame()).toMatchObject({ x: 72, y: 32, width: 1848, height: 1048 });
    await guest.act("pyautogui.hotkey('win', 'down')");
    expect(await frame()).toMatchObject({ x: before.x + 120, width: before.width });
    await guest.act("pyautogui.hotkey('win', 'right')");
    expect(await frame()).toMatchObject({ x: 996, width: 924 });
  });

  test('cannot be dragged out of reach', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'settings');
    const { x, y } = await node(guest, 'title-bar', 'Settings');
    await guest.act(`pyautogui.moveTo(${x + 300}, ${y + 20})\npyautogui.dragTo(1919, 1079)`);
    const moved = await node(guest, 'title-bar', 'Settings');
    expect(moved.x).toBeLessThanOrEqual(1800);
    expect(moved.y).toBeLessThanOrEqual(1032);
  });

  test('alt+tab goes back and forth between two, further with alt held', async () => {
    await using guest = await practiceDesktop();
    for (const application of ['files', 'editor', 'terminal'] as const) await open(guest, application);
    const front = async () => (await frames(guest)).at(-1);
    await guest.act("pyautogui.hotkey('alt', 'tab')");
    expect(await front()).toBe('Untitled Document 1 - Text Editor');
    await guest.act("pyautogui.hotkey('alt', 'tab')");
    expect(await front()).toBe('user@arpo-sim: ~');
    await guest.act("pyautogui.keyDown('alt')\npyautogui.press('tab', presses=2)\npyautogui.keyUp('alt')");
    expect(await front()).toBe('Home');
  });

  test('a click of another program right after is no double click', async () => {
    await using guest = await practiceDesktop();
    const { x, y } = desktopIconCentre(1);
    await guest.act(`pyautogui.click(${x}, ${y})`);
    await guest.act(`pyautogui.click(${x}, ${y})`);
    expect(await frames(guest)).toEqual([]);
    await guest.act(`pyautogui.click(${x}, ${y}, clicks=2, interval=0.1)`);
    expect(await frames(guest)).toEqual(['note.txt (~/Desktop) - Text Editor']);
  });
});

describe('the editor', () => {
  test('selects, copies, cuts and pastes with the mouse and the keyboard', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
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

  test('its menu and its context menu do what they say', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
    await guest.act("pyautogui.write('text')");
    await click(guest, 'text', 'Document', 'rightClick');
    await click(guest, 'menu-item', 'Select All');
    await click(guest, 'text', 'Document', 'rightClick');
    await click(guest, 'menu-item', 'Cut');
    expect(await document(guest)).toBe('');
    await click(guest, 'push-button', 'Menu');
    await guest.act("pyautogui.press('down', presses=3)\npyautogui.press('enter')");
    expect(await node(guest, 'label', 'Save As')).toBeDefined();
  });

  test('a click beside an open menu only closes it', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
    await click(guest, 'push-button', 'Menu');
    const { x, y } = dockIconCentre('terminal');
    await guest.act(`pyautogui.click(${x}, ${y})`);
    expect(await frames(guest)).toEqual(['Untitled Document 1 - Text Editor']);
    await guest.act(`pyautogui.click(${x}, ${y})`);
    expect(await frames(guest)).toHaveLength(2);
  });

  test('asks before it replaces a file', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
    await guest.act("pyautogui.write('mine')\npyautogui.hotkey('ctrl', 's')\npyautogui.write('todo.txt\\n')");
    expect(await guest.shell('head -n 1 Documents/todo.txt')).toBe('Water the plants\n');
    await click(guest, 'push-button', 'Replace');
    expect(await guest.shell('cat Documents/todo.txt')).toBe('mine');
  });

  test('saves into the folder that is chosen, and says when there is none', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
    await guest.act("pyautogui.write('x')\npyautogui.hotkey('ctrl', 's')");
    await click(guest, 'list-item', 'Downloads');
    await guest.act("pyautogui.hotkey('ctrl', 'a')\npyautogui.write('no/where.txt\\n')");
    expect(await node(guest, 'label', 'There is no folder /home/user/Downloads/no')).toBeDefined();
    await guest.act("pyautogui.hotkey('ctrl', 'a')\npyautogui.write('here.txt')");
    const dialogSave = await node(guest, 'push-button', 'Save');
    await guest.act(`pyautogui.click(${dialogSave.x + 5}, ${dialogSave.y + 5})`);
    expect(await guest.shell('cat Downloads/here.txt')).toBe('x');
  });

  test('asks what to do with changes when it is closed', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.openFile('~/Desktop/note.txt');
    await guest.act("pyautogui.write('draft')\npyautogui.hotkey('ctrl', 'w')");
    await click(guest, 'push-button', 'Cancel');
    expect(await frames(guest)).toEqual(['*note.txt (~/Desktop) - Text Editor']);
    await guest.act("pyautogui.hotkey('alt', 'f4')");
    await click(guest, 'push-button', 'Save');
    expect(await frames(guest)).toEqual([]);
    expect(await guest.shell('cat Desktop/note.txt')).toBe('draft');

    await guest.agent.openFile('~/Desktop/note.txt');
    await guest.act("pyautogui.write('never')\npyautogui.hotkey('ctrl', 'w')");
    await click(guest, 'push-button', 'Discard');
    expect(await guest.shell('cat Desktop/note.txt')).toBe('draft');
  });

  test('opens what its dialog chooses', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'editor');
    await guest.act("pyautogui.hotkey('ctrl', 'o')");
    await click(guest, 'list-item', 'reading list.txt', 'doubleClick');
    expect((await frames(guest)).at(-1)).toBe('reading list.txt (~/Documents) - Text Editor');
    expect(await document(guest)).toContain('The Design of Everyday Things');
  });

  test('scrolls with the wheel, and back to the caret when a key is typed', async () => {
    await using guest = await practiceDesktop();
    await guest.shell('seq 200 > Documents/numbers.txt');
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

describe('the terminal', () => {
  test('runs what is typed, remembers it, and acts on the desktop', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'terminal');
    await guest.act("pyautogui.write('mkdir Desktop/made\\ncd Desktop\\nls\\n')");
    expect(await guest.agent.terminalOutput()).toBe(
      [
        'user@arpo-sim:~$ mkdir Desktop/made',
        'user@arpo-sim:~$ cd Desktop',
        'user@arpo-sim:~/Desktop$ ls',
        'made',
        'note.txt',
        'user@arpo-sim:~/Desktop$',
      ].join('\n'),
    );
    expect(await node(guest, 'icon', 'made')).toBeDefined();
    await guest.act(
      "pyautogui.write('clear\\n')\npyautogui.press('up', presses=2)\npyautogui.press('enter')",
    );
    expect(await guest.agent.terminalOutput()).toBe(
      'user@arpo-sim:~/Desktop$ ls\nmade\nnote.txt\nuser@arpo-sim:~/Desktop$',
    );
    await guest.act(
      "pyautogui.write('half')\npyautogui.hotkey('ctrl', 'c')\npyautogui.hotkey('ctrl', 'l')\npyautogui.write('exit\\n')",
    );
    expect(await frames(guest)).toEqual([]);
  });

  test('copies a marked text and pastes it', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'terminal');
    await guest.act("pyautogui.write('echo abc\\n')");
    const { x, y } = await node(guest, 'terminal', 'Terminal');
    await guest.act(
      `pyautogui.moveTo(${x + 10}, ${y + 46})\npyautogui.dragTo(${x + 40}, ${y + 46})\npyautogui.hotkey('ctrl', 'shift', 'c')`,
    );
    await guest.act(
      "pyautogui.write('echo x')\npyautogui.hotkey('ctrl', 'shift', 'v')\npyautogui.press('enter')",
    );
    expect(await guest.agent.terminalOutput()).toMatch(/echo xabc\nxabc\nuser@arpo-sim:~\$$/);
  });
});

describe('settings', () => {
  test('a switch changes the setting and the screen; gsettings the switch', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'settings');
    const light = await guest.agent.screenshot();
    await click(guest, 'toggle-button', 'Dark Style');
    expect(await guest.shell('gsettings get org.gnome.desktop.interface color-scheme')).toBe(
      "'prefer-dark'\n",
    );
    expect((await node(guest, 'toggle-button', 'Dark Style')).states).toContain('checked');
    expect((await guest.agent.screenshot()).equals(light)).toBe(false);
    await guest.shell("gsettings set org.gnome.desktop.interface color-scheme 'default'");
    expect((await node(guest, 'toggle-button', 'Dark Style')).states).not.toContain('checked');
  });

  test('Do Not Disturb is on when banners are off', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'settings');
    await click(guest, 'list-item', 'Notifications');
    await click(guest, 'toggle-button', 'Do Not Disturb');
    expect(await guest.shell('gsettings get org.gnome.desktop.notifications show-banners')).toBe('false\n');
  });

  test('the clock follows its settings', async () => {
    await using guest = await practiceDesktop();
    expect(await node(guest, 'label', 'Sat 21 Nov  10:24')).toBeDefined();
    await guest.shell(
      'gsettings set org.gnome.desktop.interface clock-format 12h; gsettings set org.gnome.desktop.interface clock-show-weekday false',
    );
    expect(await node(guest, 'label', '21 Nov  10:24 AM')).toBeDefined();
  });
});

describe('files', () => {
  test('folders are entered and left, files opened and thrown away', async () => {
    await using guest = await practiceDesktop();
    await open(guest, 'files');
    const row = async (name: string) => {
      const found = (await nodes(guest)).findLast(
        (candidate) => candidate.name === name && candidate.x > 500,
      );
      if (!found) throw new Error(`there is no row ${name}`);
      return `${found.x + 60}, ${found.y + 20}`;
    };
    await guest.act(`pyautogui.doubleClick(${await row('Documents')})`);
    expect(await frames(guest)).toEqual(['Documents']);
    await guest.act(`pyautogui.click(${await row('todo.txt')})\npyautogui.press('delete')`);
    expect(await guest.shell('ls Documents; ls .local/share/Trash/files')).toBe(
      'reading list.txt\ntodo.txt\n',
    );
    await click(guest, 'push-button', 'Back');
    expect(await frames(guest)).toEqual(['Home']);
  });

  test('a file that nothing opens is said on the screen', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.upload('/home/user/Desktop/a.bin', Buffer.from([0, 1]));
    await click(guest, 'icon', 'a.bin', 'doubleClick');
    expect(await node(guest, 'menu-item', 'Cannot open “a.bin”')).toBeDefined();
    expect(await frames(guest)).toEqual([]);
  });

  test('the desktop’s menu makes a folder', async () => {
    await using guest = await practiceDesktop();
    await guest.act('pyautogui.rightClick(1200, 800)');
    await click(guest, 'menu-item', 'New Folder');
    expect(await guest.shell('ls Desktop')).toBe('New Folder\nnote.txt\n');
  });
});

test('super opens the overview, typing finds an application, enter starts it', async () => {
  await using guest = await practiceDesktop();
  await guest.act("pyautogui.press('win')\npyautogui.write('sett')\npyautogui.press('enter')");
  expect(await frames(guest)).toEqual(['Settings']);
  await guest.act("pyautogui.press('win')\npyautogui.press('escape')\npyautogui.hotkey('win', 'd')");
  expect(await frames(guest)).toEqual([]);
});

test('a smaller screen keeps every window on it', async () => {
  await using guest = await practiceDesktop();
  await open(guest, 'editor');
  await fetch(new URL('set_screen_resolution', guest.desktop.agent), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ width: 800, height: 600 }),
  });
  const { x, y, width, height } = await node(guest, 'frame', 'Untitled Document 1 - Text Editor');
  expect(x + width).toBeLessThanOrEqual(800);
  expect(y + height).toBeLessThanOrEqual(600);
});

test('whatever is done with mouse and keyboard, the desktop lives on', async () => {
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
