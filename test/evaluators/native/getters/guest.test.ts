import { describe, expect, it } from 'vitest';
import { FixtureDesktop } from '../fixture-desktop.js';
import { get } from './get.js';

describe('vm_command_line and vm_command_error', () => {
  it('give output and error, whatever the exit code', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = () => ({ output: 'out', error: 'err', returncode: 3 });

    expect(await get({ type: 'vm_command_line', command: ['ls', '/'] }, desktop.context())).toBe('out');
    expect(await get({ type: 'vm_command_error', command: 'ls', shell: 'true' }, desktop.context())).toBe(
      'err',
    );
    expect(desktop.commands).toEqual([
      { command: ['ls', '/'], shell: false },
      { command: 'ls', shell: true },
    ]);
  });

  it('are null when the guest cannot run the command', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.execute = () => null;
    expect(await get({ type: 'vm_command_line', command: 'nonsense' }, desktop.context())).toBe(null);
    expect(await get({ type: 'vm_command_error', command: 'nonsense' }, desktop.context())).toBe(null);
  });
});

it.each([
  ['/terminal', { output: 'user@host:~$' }, { type: 'vm_terminal_output' }, 'user@host:~$'],
  ['/screen_size', { width: 1920, height: 1080 }, { type: 'vm_screen_size' }, { width: 1920, height: 1080 }],
  [
    '/window_size',
    { width: 3, height: 4 },
    { type: 'vm_window_size', app_class_name: 'vlc' },
    { width: 3, height: 4 },
  ],
  ['/none', {}, { type: 'vm_window_size', app_class_name: 'vlc' }, null],
  [
    '/list_directory',
    { directory_tree: { name: 'a' } },
    { type: 'list_directory', path: '/a' },
    { name: 'a' },
  ],
  ['/none', {}, { type: 'list_directory', path: '/a' }, null],
])('asks %s and gives its answer', async (route, answer, config, value) => {
  await using desktop = await FixtureDesktop.start();
  desktop.answers.set(route, answer);
  expect(await get(config, desktop.context())).toEqual(value);
});

it('accessibility_tree is the document as text', async () => {
  await using desktop = await FixtureDesktop.start();
  expect(await get({ type: 'accessibility_tree' }, desktop.context())).toBe('<desktop-frame/>');
});
