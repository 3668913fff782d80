/** OSWorld's machine from a file server onto this machine, over the double of vmrun; interrupted wherever it may be. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { beforeEach, expect, it, vi } from 'vitest';
import { isClaim } from '../../src/host/claim.js';
import { type InstallRequest, installMachine } from '../../src/providers/vmware/install/install.js';
import { imageFor } from '../../src/providers/vmware/install/which-image.js';
import { Registry } from '../../src/providers/vmware/registry.js';
import { readVmx } from '../../src/providers/vmware/vmx.js';
import { type FileServer, fileServer } from '../lib/download/file-server.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { VmrunDouble } from '../support/vmrun-double.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const VMX = `.encoding = "UTF-8"
config.version = "8"
virtualHW.version = "20"
displayName = "Ubuntu"
nvram = "Ubuntu.nvram"
extendedConfigFile = "Ubuntu.vmxf"
uuid.bios = "56 4d 00 00 00 00 00 00-00 00 00 00 00 00 00 00"
ethernet0.addressType = "generated"
ethernet0.generatedAddress = "00:0c:29:00:00:00"
scsi0:0.fileName = "disk.vmdk"
memsize = "64"
`;
const ZIP = Buffer.from(
  zipSync({
    'Ubuntu-x86/Ubuntu.vmx': strToU8(VMX),
    'Ubuntu-x86/Ubuntu.nvram': strToU8('nvram'),
    'Ubuntu-x86/Ubuntu.vmsd': strToU8(''),
    'Ubuntu-x86/Ubuntu.vmxf': strToU8(
      '<Foundry><vmxPathName type="string">Ubuntu.vmx</vmxPathName></Foundry>',
    ),
    'Ubuntu-x86/disk.vmdk': [Buffer.alloc(500_000, 'disk'), { level: 0 }],
    'Ubuntu-x86/vmware.log': strToU8('of whoever packed it'),
    '__MACOSX/Ubuntu-x86/._Ubuntu.vmx': strToU8(''),
  }),
);

let double: VmrunDouble;
let server: FileServer;
let folder: TemporaryFolder;

beforeEach(async () => {
  double = await VmrunDouble.create();
  folder = new TemporaryFolder();
  server = await fileServer((response, _count, { range = '' }) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const part = { 'content-range': `bytes ${from}-${ZIP.length - 1}/${ZIP.length}` };
    const body = ZIP.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': body.length,
      etag: '"1"',
      ...(from > 0 ? part : {}),
    });
    response.end(body);
  });
  return async () => {
    await server[Symbol.asyncDispose]();
    await double[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
});

const doing: string[] = [];

function request(more: Partial<InstallRequest> = {}): InstallRequest {
  doing.length = 0;
  return {
    ...{ url: server.url('/Ubuntu-x86.zip'), from: null, sha256: null, env: double.env, pollMs: 20 },
    ...{ folder: `${folder.path}/vms/osworld`, vmrun: double.program, snapshot: 'init_state', gui: false },
    signal: new AbortController().signal,
    report: { doing: (text) => doing.push(text), bytes: () => {} },
    ...more,
  };
}

it('is unpacked, gets an identity of its own, boots once and has its snapshot; then there is nothing to do', async () => {
  const vmx = `${folder.path}/vms/osworld/osworld.vmx`;
  expect(await installMachine(request())).toEqual({ vmx, did: ['files', 'snapshot'] });
  const names = ['disk.vmdk', 'osworld.nvram', 'osworld.vmsd', 'osworld.vmx', 'osworld.vmxf'];
  expect(
    readdirSync(`${folder.path}/vms/osworld`)
      .filter((name) => name !== 'vmware.log')
      .sort(),
  ).toEqual(names);
  expect(readdirSync(`${folder.path}/vms`)).toEqual(['osworld']);
  expect(readFileSync(`${folder.path}/vms/osworld/osworld.vmxf`, 'utf8')).toContain('>osworld.vmx<');
  const file = await readVmx(vmx);
  expect([file.get('displayName'), file.get('nvram'), file.get('extendedConfigFile')]).toEqual([
    'osworld',
    'osworld.nvram',
    'osworld.vmxf',
  ]);
  expect(file.get('uuid.bios')).toMatch(/^([\da-f]{2} ){7}[\da-f]{2}-([\da-f]{2} ){7}[\da-f]{2}$/);
  expect(file.get('ethernet0.generatedAddress')).toMatch(/^00:0c:29:[0-7][\da-f](:[\da-f]{2}){2}$/);
  expect(file.get('scsi0:0.fileName')).toBe('disk.vmdk');
  expect(Number(file.get('vmci0.id'))).not.toBeNaN();
  expect(await double.running()).toEqual([]);
  expect(await double.vmrun('listSnapshots', vmx)).toContain('init_state');
  expect(await installMachine(request())).toEqual({ vmx, did: [] });
  expect(server.asked).toHaveLength(1);
});

it.each([
  'downloading Ubuntu-x86.zip',
  'giving it a name and an identity of its own',
  'awaiting the guest agent',
  'shutting it down',
])('goes on where it was interrupted: %s', async (phase) => {
  const interrupted = new AbortController();
  const first = request({ signal: interrupted.signal });
  const report = {
    doing: (text: string) => {
      if (text.startsWith(phase)) interrupted.abort(new Error('Ctrl-C'));
    },
    bytes: () => {},
  };
  await installMachine({ ...first, report }).catch((error: Error) => expect(error.message).toBe('Ctrl-C'));
  expect(await double.running()).toEqual([]);
  const { vmx } = await installMachine(request());
  expect(await double.vmrun('listSnapshots', vmx)).toContain('init_state');
  expect(await double.running()).toEqual([]);
  expect(readdirSync(`${folder.path}/vms`)).toEqual(['osworld']);
});

it('asks for vmrun before anything is downloaded', async () => {
  await expect(installMachine(request({ vmrun: '/none/vmrun' }))).rejects.toMatchObject({ code: 'E_VMWARE' });
  expect([server.asked.length, existsSync(`${folder.path}/vms`)]).toEqual([0, false]);
});

it('writes into nobody’s folder, and says so before anything is downloaded', async () => {
  const somebodys = folder.write('vms/osworld/notes.txt', 'mine');
  await expect(installMachine(request())).rejects.toMatchObject({
    code: 'E_USAGE',
    message: `${folder.path}/vms/osworld is there already, with other files and no osworld.vmx`,
    fix: `arpo-env image get vmware --to ${folder.path}/vms/osworld/osworld-ubuntu`,
  });
  expect([server.asked.length, readFileSync(somebodys, 'utf8')]).toEqual([0, 'mine']);
});

it('leaves a machine alone that a server has', async () => {
  const vmx = await double.machine('osworld');
  const registry = new Registry(double.state);
  const claim = await registry.claim(vmx, { path: double.program, type: 'ws' });
  if (!isClaim(claim)) throw new Error('nobody else is here');
  await using _claim = claim;
  await expect(installMachine(request({ folder: dirname(vmx) }))).rejects.toMatchObject({
    code: 'E_VMWARE',
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  expect(await double.running()).toEqual([]);
});

it('takes an archive that was downloaded elsewhere, and keeps it', async () => {
  const from = folder.write('Ubuntu-x86.zip', '');
  writeFileSync(from, ZIP);
  expect((await installMachine(request({ from }))).did).toEqual(['files', 'snapshot']);
  expect([existsSync(from), server.asked.length]).toEqual([true, 0]);
});

it.each([
  ['linux', 'x64', /Ubuntu-x86\.zip$/],
  ['darwin', 'x64', /Ubuntu-x86\.zip$/],
  ['darwin', 'arm64', /Ubuntu-arm\.zip$/],
  ['win32', 'x64', /Ubuntu-x86\.zip$/],
] as const)('%s on %s gets its own', (platform, arch, url) => {
  expect(imageFor(platform, arch)).toMatch(url);
});

it.each([
  ['linux', 'arm64'],
  ['win32', 'arm64'],
] as const)('there is none for %s on %s', (platform, arch) => {
  expect(() => imageFor(platform, arch)).toThrow(/^OSWorld has no VMware machine for /);
});
