/** The agent's routes beyond the recorded transcript. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { startGuestAgent } from '../../src/guest/agent.js';
import { GuestError, type GuestMachine, MissingFeature } from '../../src/guest/machine.js';
import { practiceDesktop } from './practice-desktop.js';

test('the screen comes to rest within a limit as long as the longest text takes', async () => {
  await using guest = await practiceDesktop();
  const status = async (query: string) =>
    (await fetch(new URL(`arpo-env/rest?${query}`, guest.desktop.agent))).status;
  expect(await status('limit=61000&pause=500')).toBe(200);
  expect(await status('limit=500')).toBe(200);
  for (const query of ['limit=1e9', 'limit=-1', 'limit=soon', 'pause=500', 'limit=1&pause=1e9', ''])
    expect(await status(query)).toBe(400);
});

describe('/execute', () => {
  test('runs pyautogui code; other Python is an error that names the line', async () => {
    await using guest = await practiceDesktop();
    const python = (code: string) => guest.agent.execute(['python', '-c', code]);

    const move = ['python', '-c', 'import pyautogui; pyautogui.moveTo(5, 6)'];
    const answer = await fetch(new URL('execute', guest.desktop.agent), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ command: move, shell: false }),
    });
    expect(await answer.json()).toEqual({
      status: 'success',
      output: '',
      error: '',
      returncode: 0,
    });
    expect(await (await fetch(new URL('cursor_position', guest.desktop.agent))).json()).toEqual([5, 6]);

    const other = await python('import pyautogui\nimport os\npyautogui.moveTo(9, 9)\nos.system("id")');
    expect(other).toMatchObject({ returncode: 1, output: '' });
    expect(other.error).toMatch(/File "<string>", line 2[\s\S]*NotImplementedError: import os/);
    expect(await (await fetch(new URL('cursor_position', guest.desktop.agent))).json()).toEqual([5, 6]);
  });

  test('the pointer stays on the screen', async () => {
    await using guest = await practiceDesktop();
    await guest.act('pyautogui.moveTo(30000, -5)');
    expect(await (await fetch(new URL('cursor_position', guest.desktop.agent))).json()).toEqual([1919, 0]);
  });

  test('an unknown command of a shell is status 127', async () => {
    await using guest = await practiceDesktop();
    expect(await guest.agent.execute('no-such-thing --x', { shell: true })).toMatchObject({
      returncode: 127,
      error: 'sh: 1: no-such-thing: not found\n',
    });
  });

  test('output that is not UTF-8 is a 500 with Python’s words', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.upload('/tmp/latin1', Buffer.from([0x61, 0xff]));
    expect(await post(guest.desktop.agent, '/execute', { command: ['cat', '/tmp/latin1'] })).toEqual({
      status: 500,
      body: {
        status: 'error',
        message: "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
      },
    });
  });

  test('a command is stopped after 120 seconds of the guest’s time', async () => {
    await using guest = await practiceDesktop();
    const started = Number(await guest.shell('date +%s'));
    expect(
      await post(guest.desktop.agent, '/execute', { command: 'sleep 300; echo done', shell: true }),
    ).toEqual({
      status: 500,
      body: {
        status: 'error',
        message: "Command 'sleep 300; echo done' timed out after 120 seconds",
      },
    });
    expect(Number(await guest.shell('date +%s'))).toBe(started + 120);
  });

  test('a command that waits holds up no other request, and ends with the agent', async () => {
    const guest = await practiceDesktop({ timeScale: 1 });
    const waiting = fetch(new URL('execute', guest.desktop.agent), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ command: ['sleep', '100'] }),
    }).then(
      (response) => response.status,
      () => 'connection closed',
    );
    expect((await guest.agent.screenshot()).subarray(1, 4).toString()).toBe('PNG');
    await guest[Symbol.asyncDispose]();
    expect(await waiting).not.toBe(200);
  });
});

test('execute_with_verification waits for a window', async () => {
  await using guest = await practiceDesktop();
  const command = { command: 'gedit', verification: { window_exists: 'untitled document' } };
  expect(await post(guest.desktop.agent, '/execute_with_verification', command)).toMatchObject({
    status: 200,
    body: { status: 'success', verification: 'passed', returncode: 0 },
  });
});

test('screenshot and screen size follow the resolution', async () => {
  await using guest = await practiceDesktop();
  const response = await fetch(new URL('screenshot', guest.desktop.agent));
  expect(response.headers.get('content-type')).toBe('image/png');
  expect(await sizeOf(Buffer.from(await response.arrayBuffer()))).toEqual({ width: 1920, height: 1080 });

  expect(await post(guest.desktop.agent, '/set_screen_resolution', { width: '1280', height: 720 })).toEqual({
    status: 200,
    body: { status: 'success', message: 'Screen resolution set to 1280x720 on screen' },
  });
  expect(await guest.agent.screenSize()).toEqual({ width: 1280, height: 720 });
  expect(await sizeOf(await guest.agent.screenshot())).toEqual({ width: 1280, height: 720 });

  expect(await post(guest.desktop.agent, '/set_screen_resolution', { width: 10, height: 10 })).toMatchObject({
    status: 500,
  });
});

test('there is no terminal text where there is no terminal', async () => {
  await using guest = await practiceDesktop();
  await guest.agent.launch('gedit');
  expect(await guest.agent.terminalOutput()).toBeNull();
});

describe('windows', () => {
  test('size by class, activate and close by title', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.launch('gedit');
    await guest.agent.launch(['gedit', '/home/user/Documents/todo.txt']);
    expect(await guest.agent.windowSize('GEDIT')).toEqual({ width: 1080, height: 740 });
    expect(await guest.agent.windowSize('soffice')).toBeNull();

    expect(await activeFrame(guest)).toBe('todo.txt (~/Documents) - Text Editor');
    await guest.agent.activateWindow({ windowName: 'untitled' });
    expect(await activeFrame(guest)).toBe('Untitled Document 1 - Text Editor');
    await guest.agent.activateWindow({ windowName: 'todo.txt', strict: true });
    expect(await activeFrame(guest)).toBe('Untitled Document 1 - Text Editor');
    await guest.agent.closeWindow({ windowName: 'gedit.Gedit', strict: true, byClass: true });
    expect((await guest.tree()).match(/<frame name="[^"]*"/g)).toEqual([
      '<frame name="todo.txt (~/Documents) - Text Editor"',
    ]);
    await guest.agent.closeWindow({ windowName: 'no such window' });
  });

  test('open_file opens files and programs, and waits for their window', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.openFile('~/Documents/todo.txt');
    expect(await activeFrame(guest)).toBe('todo.txt (~/Documents) - Text Editor');
    await guest.agent.openFile('$HOME/Desktop/note.txt');
    expect(await activeFrame(guest)).toBe('note.txt (~/Desktop) - Text Editor');
  });

  test('open_file fails at once when no program opens the file', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.upload('/home/user/table.xlsx', Buffer.from([0x50, 0x4b, 0, 1]));
    expect(await post(guest.desktop.agent, '/setup/open_file', { path: '~/table.xlsx' })).toEqual({
      status: 500,
      body: 'Failed to open ~/table.xlsx. Error: no application of this desktop opens /home/user/table.xlsx',
    });
  });

  test('open_file gives up after 1800 seconds when no window has the name', async () => {
    await using guest = await practiceDesktop();
    expect(await post(guest.desktop.agent, '/setup/open_file', { path: 'true' })).toEqual({
      status: 500,
      body: 'Failed to find window for true within 1800 seconds.',
    });
  });
});

test('the wallpaper is a file from the start, then the one that was set', async () => {
  await using guest = await practiceDesktop();
  const first = await guest.agent.wallpaper();
  expect(first && (await sizeOf(first))).toEqual({ width: 1920, height: 1080 });
  const before = await guest.agent.screenshot();
  const canvas = createCanvas(8, 8);
  canvas.getContext('2d').fillRect(0, 0, 8, 8);
  const image = canvas.toBuffer('image/png');
  await guest.agent.upload('/home/user/Pictures/black.png', image);
  await guest.agent.changeWallpaper('~/Pictures/black.png');
  expect((await guest.agent.wallpaper())?.equals(image)).toBe(true);
  expect((await guest.agent.screenshot()).equals(before)).toBe(false);
});

test('a file comes back byte for byte, under its name', async () => {
  await using guest = await practiceDesktop();
  const data = Buffer.from([0, 1, 2, 255, 13, 10]);
  await guest.agent.upload('~/new/folder/ä b.bin', data);
  const response = await fetch(new URL('file', guest.desktop.agent), {
    method: 'POST',
    body: new URLSearchParams({ file_path: '$HOME/new/folder/ä b.bin' }),
  });
  expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''%C3%A4%20b.bin");
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  expect(Buffer.from(await response.arrayBuffer()).equals(data)).toBe(true);
  expect(await guest.agent.directoryTree('/home/user/new')).toEqual({
    type: 'directory',
    name: 'new',
    children: [{ type: 'directory', name: 'folder', children: [{ type: 'file', name: 'ä b.bin' }] }],
  });
});

test('download_file fetches into the guest, or says why not', async () => {
  await using guest = await practiceDesktop();
  await using source = await oneFileServer('hello');
  expect(
    await post(guest.desktop.agent, '/setup/download_file', {
      url: `${source.url}/a.txt`,
      path: '~/d/a.txt',
    }),
  ).toEqual({
    status: 200,
    body: 'File downloaded successfully: 5 bytes',
  });
  expect(await guest.shell('cat ~/d/a.txt')).toBe('hello');
  const missing = await post(guest.desktop.agent, '/setup/download_file', {
    url: `${source.url}/b.txt`,
    path: '~/d/b.txt',
  });
  expect(missing.status).toBe(500);
  expect(missing.body).toMatch(/^Failed to download .*b\.txt\. No retries left\. Error: .*404/);
});

describe('scripts', () => {
  test('Python: what it did and what it could not', async () => {
    await using guest = await practiceDesktop();
    const run = (code: string) => post(guest.desktop.agent, '/run_python_script', { code });
    expect(await run('import time\ntime.sleep(2)')).toEqual({
      status: 200,
      body: {
        status: 'success',
        message: 'Script executed successfully',
        output: '',
        error: '',
        returncode: 0,
        duration: 2,
      },
    });
    expect(await run('print(1)')).toMatchObject({
      status: 200,
      body: { status: 'error', returncode: 1, error: expect.stringContaining('NotImplementedError') },
    });
  });

  test('Bash in a working directory', async () => {
    await using guest = await practiceDesktop();
    const body = { script: 'pwd\nls', working_dir: '~/Documents' };
    expect(await post(guest.desktop.agent, '/run_bash_script', body)).toMatchObject({
      body: {
        status: 'success',
        output: '/home/user/Documents\nreading list.txt\ntodo.txt\n',
        returncode: 0,
      },
    });
  });
});

test('a desktop that cannot record says so', async () => {
  await using guest = await practiceDesktop();
  expect(await post(guest.desktop.agent, '/start_recording', {})).toMatchObject({
    status: 500,
    body: { status: 'error', message: expect.stringContaining('cannot record') },
  });
});

describe('limits', () => {
  test('a body over the limit is refused with 413', async () => {
    await using guest = await practiceDesktop();
    const response = await fetch(new URL('execute', guest.desktop.agent), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.alloc(17 * 1024 ** 2, ' '),
    });
    expect(response.status).toBe(413);
  });

  test('an upload may be larger', async () => {
    await using guest = await practiceDesktop();
    await guest.agent.upload('/tmp/large', Buffer.alloc(20 * 1024 ** 2, 'x'));
    expect((await guest.agent.file('/tmp/large'))?.length).toBe(20 * 1024 ** 2);
  });

  test('an address that is taken is an error, and nothing is left listening', async () => {
    await using guest = await practiceDesktop();
    const again = startGuestAgent({
      machine: () => Promise.reject(new Error('never asked')) as never,
      bind: { host: '127.0.0.1', port: Number(guest.desktop.agent.port) },
    });
    await expect(again).rejects.toMatchObject({ code: 'E_PORT_IN_USE' });
  });

  test('JSON that is not an object breaks nothing but its request', async () => {
    await using guest = await practiceDesktop();
    expect((await post(guest.desktop.agent, '/execute', [1])).status).toBe(500);
    expect((await post(guest.desktop.agent, '/execute', { command: [1] })).status).toBe(500);
    expect((await post(guest.desktop.agent, '/execute', { command: null })).status).toBe(500);
    expect((await post(guest.desktop.agent, '/execute', { command: "echo 'a" })).status).toBe(500);
    expect((await post(guest.desktop.agent, '/execute', { command: ['true'] })).status).toBe(200);
  });

  test('it listens on loopback only', async () => {
    await using guest = await practiceDesktop();
    expect(guest.desktop.agent.hostname).toBe('127.0.0.1');
  });
});

describe('the accessibility tree', () => {
  const startWith = (screen: object) =>
    startGuestAgent({ machine: () => ({ screen }) as unknown as GuestMachine });

  test('where packages are missing it is 501 with their names, and the agent says so when asked', async () => {
    const missing = new MissingFeature('this desktop lacks at-spi2-core', 'apt-get install at-spi2-core');
    await using agent = await startWith({
      accessibility: () => Promise.reject(missing),
      accessibilityMissing: async () => missing,
    });
    const response = await fetch(new URL('accessibility', agent.url));
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 501,
      body: {
        status: 'error',
        message: 'this desktop lacks at-spi2-core; apt-get install at-spi2-core',
      },
    });
    expect(await new AgentClient(agent.url).missingTree()).toEqual({
      message: 'this desktop lacks at-spi2-core',
      fix: 'apt-get install at-spi2-core',
    });
  });

  test('what cannot be read is a 500 that says why', async () => {
    await using agent = await startWith({
      accessibility: () => Promise.reject(new GuestError('an application did not answer')),
    });
    const response = await fetch(new URL('accessibility', agent.url));
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 500,
      body: { status: 'error', message: 'an application did not answer' },
    });
  });

  test('the practice desktop has one', async () => {
    await using guest = await practiceDesktop();
    expect(await guest.agent.missingTree()).toBeNull();
  });
});

test('a defect of the machine is a 500 page and the agent lives on', async () => {
  const broken = { screen: { size: async () => Promise.reject(new Error('broken')) }, platform: 'Linux' };
  await using agent = await startGuestAgent({ machine: () => broken as unknown as GuestMachine });
  const response = await fetch(new URL('screen_size', agent.url), { method: 'POST' });
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('<h1>Internal Server Error</h1>');
  expect((await fetch(new URL('platform', agent.url))).status).toBe(200);
});

async function post(base: URL, path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(new URL(path, base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = response.headers.get('content-type') === 'application/json';
  return { status: response.status, body: json ? await response.json() : await response.text() };
}

async function sizeOf(png: Buffer) {
  const { width, height } = await loadImage(png);
  return { width, height };
}

async function activeFrame(guest: { tree(): Promise<string> }): Promise<string | undefined> {
  return /<frame name="([^"]*)"[^>]*st:active="true"/.exec(await guest.tree())?.[1];
}

async function oneFileServer(content: string) {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/a.txt' ? 200 : 404).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
