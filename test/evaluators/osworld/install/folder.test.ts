import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claimFolder } from '../../../../src/evaluators/osworld/install/folder.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

it('the folder that it makes takes nobody else’s files, whatever new files are otherwise', async () => {
  using folder = new TemporaryFolder();
  const before = process.umask(0o002);
  try {
    const dir = join(folder.path, 'made', 'evaluators');
    await using _claimed = await claimFolder(dir);
    expect(statSync(dir).mode & 0o777).toBe(0o755);
  } finally {
    process.umask(before);
  }
});
