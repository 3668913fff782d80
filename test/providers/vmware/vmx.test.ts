/** .vmx files as they are met: what they say, and what a change leaves as it was. */
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseVmx, patchVmx, readVmx } from '../../../src/providers/vmware/vmx.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const UBUNTU = `#!/usr/bin/vmware
.encoding = "UTF-8"
config.version = "8"
virtualHW.version = "20"
memsize = "4096"
numvcpus=2 # cores
  displayName	=  "Ubuntu"   # as Fusion shows it
annotation = "a |22quoted|22 word, a |7C and a line|0Aend"
guestOS = "ubuntu-64"
weird line without a sign
empty =
uuid.bios = "56 4d"
`;

describe('reading', () => {
  const vmx = parseVmx(Buffer.from(UBUNTU), 'Ubuntu.vmx');
  it.each([
    ['memsize', '4096'],
    ['MemSize', '4096'],
    ['NUMVCPUS', '2'],
    ['displayname', 'Ubuntu'],
    ['annotation', 'a "quoted" word, a | and a line\nend'],
    ['empty', ''],
    ['weird', undefined],
    ['vhv.enable', undefined],
  ])('%s is %j', (key, value) => {
    expect(vmx.get(key)).toBe(value);
  });

  it.each([
    ['UTF-8', Buffer.from('Schreibtisch für zwei')],
    ['windows-1252', Buffer.from('Schreibtisch f\xfcr zwei', 'latin1')],
    ['a-name-that-nobody-knows', Buffer.from('Schreibtisch f\xfcr zwei', 'latin1')],
  ])('takes names in %s', (encoding, name) => {
    const head = Buffer.from(`\ufeff.encoding = "${encoding}"\r\nconfig.version = "8"\r\ndisplayName = "`);
    const bytes = Buffer.concat([head, name, Buffer.from('"\r\n')]);
    expect(parseVmx(bytes, 'x.vmx').get('displayName')).toBe('Schreibtisch für zwei');
  });

  it('says what is not one, and what is not there', async () => {
    using folder = new TemporaryFolder({
      'notes.txt': 'key = "value"\n',
      'big.vmx': 'a'.repeat(1024 ** 2 + 1),
    });
    const refused = (name: string) => readVmx(`${folder.path}/${name}`).catch((error) => error);
    const fix = `name the .vmx file of the machine; look for it: ls -l '${folder.path}'`;
    expect((await refused('none.vmx')).toJSON()).toEqual({
      code: 'E_VMWARE',
      message: `there is no ${folder.path}/none.vmx`,
      fix,
    });
    expect((await refused('notes.txt')).message).toBe(
      `${folder.path}/notes.txt is not a .vmx file: it has no config.version`,
    );
    expect((await refused('big.vmx')).message).toMatch(/is not a \.vmx file: it has 1048577 bytes/);
    expect((await refused('')).message).toMatch(/is a folder/);
  });
});

describe('changing', () => {
  async function patched(before: string | Buffer, changes: Record<string, string | null>): Promise<string> {
    using folder = new TemporaryFolder();
    const file = `${folder.path}/x.vmx`;
    writeFileSync(file, before);
    await patchVmx(file, changes);
    return readFileSync(file, 'latin1');
  }

  it('keeps everything else byte for byte', async () => {
    const after = await patched(UBUNTU, {
      DisplayName: 'arpo-env 1',
      'uuid.bios': null,
      'vhv.enable': 'TRUE',
    });
    const expected = UBUNTU.replace('"Ubuntu"', '"arpo-env 1"').replace('uuid.bios = "56 4d"\n', '');
    expect(after).toBe(`${expected}vhv.enable = "TRUE"\n`);
  });

  it.each([
    ['a file from Windows', 'config.version = "8"\r\n', 'config.version = "8"\r\nmemsize = "8192"\r\n'],
    ['one without a last line end', 'config.version = "8"', 'config.version = "8"\nmemsize = "8192"\n'],
    ['a value without quotes', 'config.version = 8\nmemsize=4\n', 'config.version = 8\nmemsize="8192"\n'],
    ['an empty value', 'memsize =\nconfig.version = 8', 'memsize ="8192"\nconfig.version = 8'],
    [
      'a key that comes twice, which VMware refuses',
      'config.version = "8"\nmemsize = "1"\nMEMSIZE = "2"\n',
      'config.version = "8"\nmemsize = "8192"\n',
    ],
    ['bytes of another encoding', 'config.version = "8"\nx = "\xfc\xff"\n', undefined],
  ])('%s', async (_what, before, after) => {
    const expected = after ?? `${before}memsize = "8192"\n`;
    expect(await patched(Buffer.from(before, 'latin1'), { memsize: '8192' })).toBe(expected);
  });

  it('escapes what a value cannot hold, so that it is read as it was given', async () => {
    using folder = new TemporaryFolder({ 'x.vmx': 'config.version = "8"\n' });
    const value = 'a "b" | c\nd = "é" # no comment';
    await patchVmx(`${folder.path}/x.vmx`, { annotation: value });
    const vmx = await readVmx(`${folder.path}/x.vmx`);
    expect([vmx.get('annotation'), vmx.get('d')]).toEqual([value, undefined]);
  });

  it('refuses a value that the encoding cannot hold, and leaves the file', async () => {
    const before = '.encoding = "windows-1252"\nconfig.version = "8"\n';
    using folder = new TemporaryFolder({ 'x.vmx': before });
    await expect(patchVmx(`${folder.path}/x.vmx`, { displayName: 'é' })).rejects.toMatchObject({
      code: 'E_VMWARE',
    });
    expect(readFileSync(`${folder.path}/x.vmx`, 'utf8')).toBe(before);
  });

  it("keeps the file's mode, and a link to it", async () => {
    using folder = new TemporaryFolder({ 'x.vmx': 'config.version = "8"\n' });
    chmodSync(`${folder.path}/x.vmx`, 0o755);
    symlinkSync('x.vmx', `${folder.path}/link.vmx`);
    await patchVmx(`${folder.path}/link.vmx`, { memsize: '4096' });
    expect(statSync(`${folder.path}/x.vmx`).mode & 0o777).toBe(0o755);
    expect(readFileSync(`${folder.path}/x.vmx`, 'utf8')).toBe('config.version = "8"\nmemsize = "4096"\n');
  });

  it('writes nothing when nothing changes', async () => {
    using folder = new TemporaryFolder({ 'x.vmx': 'config.version = "8"\n' });
    const before = statSync(`${folder.path}/x.vmx`).ino;
    await patchVmx(`${folder.path}/x.vmx`, { 'Config.Version': '8', memsize: null });
    expect(statSync(`${folder.path}/x.vmx`).ino).toBe(before);
  });
});
