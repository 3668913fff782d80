/** The accessibility tree of a real desktop with real programs, and with some that no toolkit would make. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attributesOf, node, nodes, osworldRows, statesOf } from '../support/accessibility.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { type RealDesktop, realDesktop } from '../support/x11-desktop.js';

const FIXTURE = fileURLToPath(new URL('fixtures/accessible_app.py', import.meta.url));
const PAGE = `<title>A page</title><style>body { margin: 40px }</style><h1>Heading</h1>
  <a href="#there">A link</a> <button aria-label="Press &quot;me&quot;">x</button>
  <label><input type="checkbox" checked> Agreed</label> <input type="range" min="1" max="9" value="4" aria-label="Loud">
  <p>Text &lt;b&gt; &amp; é€你😀</p>`;

/** A tree takes a second to read, and more on a busy machine. */
const soon = (assertion: () => unknown) => eventually(assertion, 60_000);

describeWith('at-spi-bus-launcher', 'the accessibility tree of a real desktop', () => {
  let real: RealDesktop;
  const log: string[] = [];
  beforeAll(async () => {
    real = await realDesktop({ onLog: (line) => log.push(line) });
  });
  afterAll(() => real?.[Symbol.asyncDispose]());

  const tree = () => real.agent.accessibilityTree();
  const close = (windowName: string) => real.agent.closeWindow({ windowName });

  it('starts nothing before somebody asks, and is empty then', async () => {
    expect(await real.shell('ls "$XDG_RUNTIME_DIR/at-spi" 2>/dev/null')).toBe('');
    expect(nodes(await tree(), 'application')).toEqual([]);
    expect(await real.agent.missingTree()).toBeNull();
  });

  describe('GTK', () => {
    const text = 'First <line> & "more"\nSecond é€你😀\n';
    beforeAll(async () => {
      await real.agent.upload('~/note.txt', Buffer.from(text));
      await real.agent.launch(['mousepad', `${real.desktop.home}/note.txt`]);
      await real.windowNamed('note.txt');
    });
    afterAll(() => close('note.txt'));

    it('has states, attributes, places, actions and keys', async () => {
      await soon(async () => expect(nodes(await tree(), 'menu', 'File')).toHaveLength(1));
      const application = node(await tree(), 'application', 'mousepad');
      const [frame] = nodes(application, 'frame');
      if (!frame) throw new Error('no frame');
      expect(frame.attributes.get('name')).toContain('note.txt');
      expect(statesOf(frame)).toEqual(
        expect.arrayContaining(['enabled', 'resizable', 'sensitive', 'showing', 'visible']),
      );
      expect(attributesOf(node(frame, 'menu', 'File'))).toEqual({
        name: 'File',
        ...Object.fromEntries(
          ['enabled', 'selectable', 'sensitive', 'showing', 'visible'].map((state) => [
            `state:${state}`,
            'true',
          ]),
        ),
        'attributes:toolkit': 'gtk',
        'component:screencoord': expect.stringMatching(/^\(\d+, \d+\)$/),
        'component:size': expect.stringMatching(/^\(\d+, \d+\)$/),
        selection: 'true',
        'action:click_desc': 'Clicks the menuitem',
        'action:click_kb': '<Alt>f;<Alt>f;',
      });
    });

    it('has the text of the document, and numbers as Python writes them', async () => {
      const application = node(await tree(), 'application', 'mousepad');
      const document = node(application, 'text');
      expect(document.text).toBe(text);
      expect(statesOf(document)).toEqual(expect.arrayContaining(['editable', 'focused', 'multi_line']));
      const [bar] = nodes(application, 'scroll-bar');
      expect(bar && attributesOf(bar)).toMatchObject({
        'value:value': '0.0',
        'value:min': '0.0',
        'value:max': expect.stringMatching(/^\d+\.\d+$/),
        'value:step': expect.stringMatching(/^\d+\.\d+$/),
      });
      const [push] = nodes(application, 'push-button', 'New');
      expect(push && attributesOf(push)).toMatchObject({ image: 'true', 'state:has_tooltip': 'true' });
      // What is not shown has no place.
      expect(push && attributesOf(push)).not.toHaveProperty('component:size');
    });

    it('shows a dialog while it is open', async () => {
      await real.agent.activateWindow({ windowName: 'note.txt' });
      await real.act(`pyautogui.hotkey('ctrl', 'shift', 's')`);
      await soon(async () => expect(osworldRows(await tree()).map(nameOf)).toContain('push-button Save'));
      const before = osworldRows(await tree()).map(nameOf);
      expect(before).toContain('push-button Cancel');
      await real.act(`pyautogui.press('esc')`);
      await soon(async () =>
        expect(osworldRows(await tree()).map(nameOf)).not.toContain('push-button Cancel'),
      );
    });

    it('a click on the place that it says opens the menu', async () => {
      const row = osworldRows(await tree()).find((cells) => nameOf(cells) === 'menu Edit');
      const [x = 0, y = 0] = middleOf(row);
      await real.act(`pyautogui.click(${x}, ${y})`);
      await soon(async () => {
        const shown = osworldRows(await tree()).map(nameOf);
        expect(shown.some((name) => name.startsWith('menu-item Select All'))).toBe(true);
      });
      await real.act(`pyautogui.press('esc', presses=2)`);
    });
  });

  describeWith('chromium', 'Chromium', () => {
    beforeAll(async () => {
      await real.agent.upload('~/page.html', Buffer.from(PAGE));
      await real.agent.launch(['google-chrome', `file://${real.desktop.home}/page.html`]);
      await real.windowNamed('A page');
    });

    it('has the address bar under its name, and the page, at the first request', async () => {
      const first = node(await tree(), 'application', 'Google Chrome');
      expect(node(first, 'entry', 'Address and search bar').text).toContain('/page.html');
      const document = node(first, 'document-web', 'A page');
      expect(node(document, 'heading', 'Heading')).toMatchObject({ text: 'Heading' });
      expect(attributesOf(node(document, 'heading', 'Heading'))).toMatchObject({ 'attributes:level': '1' });
      expect(attributesOf(node(document, 'link', 'A link'))).toMatchObject({
        'action:jump_desc': '',
        'action:jump_kb': '',
      });
      expect(statesOf(node(document, 'check-box', 'Agreed'))).toEqual(
        expect.arrayContaining(['checkable', 'checked']),
      );
      expect(attributesOf(node(document, 'slider', 'Loud'))).toMatchObject({
        'value:value': '4.0',
        'value:min': '1.0',
        'value:max': '9.0',
      });
      expect(nodes(document, 'push-button', 'Press "me"')).toHaveLength(1);
      expect(nodes(document, 'static').map(({ text }) => text)).toContain('Text <b> & é€你😀');
    });

    it('OSWorld’s agents see what is on the screen', async () => {
      const rows = osworldRows(await tree());
      expect(rows.map(nameOf)).toEqual(
        expect.arrayContaining([
          'entry Address and search bar',
          'heading Heading',
          'link A link',
          'check-box Agreed',
        ]),
      );
      const [x = 0, y = 0] = middleOf(rows.find((cells) => nameOf(cells) === 'check-box Agreed'));
      await real.act(`pyautogui.click(${x}, ${y})`);
      await soon(async () =>
        expect(statesOf(node(await tree(), 'check-box', 'Agreed'))).not.toContain('checked'),
      );
    });

    it('while a page’s script never ends, the tree is answered', async () => {
      await real.agent.upload('~/busy.html', Buffer.from('<title>Busy</title><script>for (;;);</script>'));
      await real.agent.launch(['google-chrome', `file://${real.desktop.home}/busy.html`]);
      await soon(async () =>
        expect(node(await tree(), 'entry', 'Address and search bar').text).toContain('/busy.html'),
      );
      await close('Google Chrome');
      await soon(async () => expect(nodes(await tree(), 'application', 'Google Chrome')).toEqual([]));
    });
  });

  describe('an application that means harm', () => {
    beforeAll(() => real.agent.upload('~/accessible_app.py', readFileSync(FIXTURE)));
    // A path of this desktop alone: it may share its processes with others.
    const program = () => `${real.desktop.home}/accessible_app.py`;
    const publish = async (mode: string) => {
      await real.agent.launch(['/usr/bin/python3', '-W', 'ignore', program(), mode]);
    };
    const withdraw = () => real.agent.execute(['pkill', '-f', program()]);

    it('names that XML cannot carry lose what it cannot', async () => {
      await publish('hostile');
      await soon(async () => expect(nodes(await tree(), 'push-button')).toHaveLength(1));
      const button = node(await tree(), 'push-button');
      const name = 'a\x7f<b>&"\'\t\n\r]]>\ufffc\ufffd😀 é';
      expect(button.text).toBe('a\x7f<b>&"\'\t\n\r]]>😀 é');
      expect(attributesOf(button)).toEqual({
        name,
        'state:enabled': 'true',
        'state:showing': 'true',
        'state:visible': 'true',
        'attributes:a-b': name,
        'attributes:_1': 'one',
        'attributes:x-y': 'colon',
        'attributes:é': 'accent',
        'component:screencoord': '(10, 20)',
        'component:size': '(30, 40)',
        'action:_desc': 'GetDescription',
        'action:_kb': 'GetKeyBinding',
        'action:do-it_desc': 'GetDescription',
        'action:do-it_kb': 'GetKeyBinding',
        'action:_-_desc': 'GetDescription',
        'action:_-_kb': 'GetKeyBinding',
      });
      await withdraw();
    });

    it('of a spreadsheet with millions of cells those are read that are visible', async () => {
      await publish('spreadsheet');
      await soon(async () => expect(nodes(await tree(), 'table')).toHaveLength(1));
      const cells = nodes(await tree(), 'table-cell').map(({ attributes }) => attributes.get('name'));
      expect(cells).toEqual([2, 3, 4, 5].flatMap((row) => [1, 2, 3].map((column) => `${row}:${column}`)));
      await withdraw();
    });

    it('a tree without an end is cut, and those of others are whole', async () => {
      await real.agent.launch(['mousepad']);
      await real.windowNamed('Untitled');
      await publish('endless');
      let cut = await tree();
      while (!cut.includes('fixture-endless')) cut = await tree();
      expect(nodes(cut, 'panel').length).toBeGreaterThan(100);
      expect(nodes(cut, 'menu', 'File')).toHaveLength(1);
      expect(log.some((line) => /the tree of an application was cut after \d+ nodes/.test(line))).toBe(true);
      await withdraw();
    });

    it('one that does not answer fails the tree, in words, and holds up nothing else', async () => {
      await publish('silent');
      await soon(async () => expect(await real.shell(`pgrep -f '${program()} sil[e]nt'`)).not.toBe(''));
      let failed: unknown;
      await soon(async () => {
        const asked = fetch(new URL('accessibility', real.desktop.agent));
        let isAnswered = false;
        void asked.then(() => {
          isAnswered = true;
        });
        expect((await real.agent.screenshot()).length).toBeGreaterThan(1000);
        expect(isAnswered).toBe(false);
        const answer = await asked;
        failed = { status: answer.status, body: await answer.json() };
        expect(answer.status).toBe(500);
      });
      expect(failed).toEqual({
        status: 500,
        body: {
          status: 'error',
          message: 'there is no accessibility tree: an application did not answer within 5 s',
        },
      });
      await withdraw();
      await soon(async () => expect(nodes(await tree(), 'menu', 'File')).toHaveLength(1));
    });
  });
});

function nameOf([tag, name]: string[]): string {
  return `${tag} ${name}`;
}

function middleOf(row: string[] | undefined): number[] {
  if (!row) throw new Error('no such row');
  const [position, size] = row.slice(-2).map((pair) => pair.match(/-?\d+/g)?.map(Number) ?? []);
  return [0, 1].map((axis) => Math.round((position?.[axis] ?? 0) + (size?.[axis] ?? 0) / 2));
}
