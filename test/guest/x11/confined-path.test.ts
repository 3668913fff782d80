import { symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resolveInside } from '../../../src/guest/x11/confined-path.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

test.each([
  ['/home/user/a.txt', '/home/user/a.txt'],
  ['/home/user/../user/./a.txt', '/home/user/a.txt'],
  ['/../../home/user/a.txt', '/home/user/a.txt'],
  ['/absolute', '/home/user/a.txt'],
  ['/home/relative', '/home/user/a.txt'],
  ['/folder/a.txt', '/home/user/a.txt'],
  ['/outside/passwd', '/etc/passwd'],
  ['/home/user/new/b.txt', '/home/user/new/b.txt'],
])('%s is the desktop’s %s', async (path, expected) => {
  using root = new TemporaryFolder({ 'home/user/a.txt': 'a' });
  symlinkSync('/home/user/a.txt', `${root.path}/absolute`);
  symlinkSync('user/a.txt', `${root.path}/home/relative`);
  symlinkSync('/home/user', `${root.path}/folder`);
  symlinkSync('../../../../etc', `${root.path}/outside`);
  expect(await resolveInside(root.path, path)).toBe(root.path + expected);
});

test('a circle of links is an error, as the kernel has it', async () => {
  using root = new TemporaryFolder();
  symlinkSync('/two', `${root.path}/one`);
  symlinkSync('/one', `${root.path}/two`);
  await expect(resolveInside(root.path, '/one')).rejects.toThrow(
    "[Errno 40] Too many levels of symbolic links: '/one'",
  );
});
