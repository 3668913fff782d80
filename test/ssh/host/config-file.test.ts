import { describe, expect, it } from 'vitest';
import { readSshConfig } from '../../../src/ssh/host/config-file.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

/** What it says about `deepx`. */
async function read(text: string, files: Record<string, string> = {}) {
  using folder = new TemporaryFolder(files);
  const config = folder.write('config', text.replaceAll('$FOLDER', folder.path));
  const { lines, ignored } = await readSshConfig('deepx', config);
  return { lines, ignored: ignored.map((line) => line.replace(folder.path, '$FOLDER')) };
}

describe('the config of a host', () => {
  it.each([
    ['is what stands under its name', 'Host deepx\n  Port 2222\nHost other\n  Port 1', [['port', '2222']]],
    ['is what stands above all names', 'Port 2222\nHost other\n  Port 1', [['port', '2222']]],
    [
      'takes the first value',
      'Host deepx\n  Port 1\nHost *\n  Port 2\n  User user',
      [
        ['port', '1'],
        ['user', 'user'],
      ],
    ],
    [
      'collects keys',
      'Host *\n IdentityFile a\n IdentityFile b',
      [
        ['identityfile', 'a'],
        ['identityfile', 'b'],
      ],
    ],
    ['matches patterns', 'Host !deepx *\n  Port 1\nHost a d?ep*\n  Port 2', [['port', '2']]],
    ['may have = and quotes', 'Host "deepx"\n  IdentityFile="/my keys/a"', [['identityfile', '/my keys/a']]],
    ['may have comments', '# Host deepx\nHost deepx # mine\n  Port 22 # here', [['port', '22']]],
    ['may have CRLF', 'Host deepx\r\n  Port 22\r\n', [['port', '22']]],
    [
      'keeps a ProxyCommand as it stands',
      'ProxyCommand nc "a  b" %h # x',
      [['proxycommand', 'nc "a  b" %h # x']],
    ],
    ['has one way there', 'ProxyJump a\nProxyCommand b', [['proxyjump', 'a']]],
    ['may stand under Match all', 'Match all\n  Port 22', [['port', '22']]],
  ])('%s', async (_title, text, lines) => {
    expect(await read(text)).toEqual({ lines, ignored: [] });
  });

  it('leaves out what only ssh can decide, and says so', async () => {
    expect(await read('Match exec "true" user x\n  Port 1\nHost *\n  User user')).toEqual({
      lines: [['user', 'user']],
      ignored: ['$FOLDER/config:1: Match exec "true" user x (only `ssh` itself can tell whether it applies)'],
    });
  });

  it('includes files, by pattern, only where they apply', async () => {
    const files = {
      'conf.d/10.conf': 'Host deepx\n  Port 10',
      'conf.d/20.conf': 'Port 20\nUser user',
      'conf.d/.hidden.conf': 'Port 5',
      'other.conf': 'Compression yes',
    };
    const text =
      'Host other\n  Include $FOLDER/other.conf\nHost *\n  Include $FOLDER/none $FOLDER/conf.d/*.conf\n  Port 30';
    expect((await read(text, files)).lines).toEqual([
      ['port', '10'],
      ['user', 'user'],
    ]);
  });

  it('is in ~/.ssh, whose Include is relative to it', async () => {
    using home = new TemporaryFolder({
      '.ssh/config': 'Include more\nHost deepx\n  Port 22',
      '.ssh/more': 'Host deepx\n  User user',
    });
    const { lines } = await readSshConfig('deepx', undefined, home.path);
    expect(lines.slice(0, 2)).toEqual([
      ['user', 'user'],
      ['port', '22'],
    ]);
  });

  it.each([
    ['a quote without its end', 'Host "deepx\n', 'config:1'],
    ['a keyword without a value', 'Port\n', 'config:1'],
    ['a file that includes itself', 'Include $FOLDER/config\n', 'without end'],
  ])('with %s is an error', async (_title, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining(message),
    });
  });

  it('that was named must be there', async () => {
    await expect(readSshConfig('deepx', '/nowhere/config')).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('/nowhere/config cannot be read'),
    });
  });
});
