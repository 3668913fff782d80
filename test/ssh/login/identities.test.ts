import { generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { SshTarget } from '../../../src/ssh/host/target.js';
import { loadIdentities } from '../../../src/ssh/login/identities.js';
import { readKeyFile, unlock } from '../../../src/ssh/login/key-file.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { deadline } from '../../tunnel/fixtures.js';

/** `ssh-keygen -t ed25519 -N secret`. */
const ENCRYPTED = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBP/WbFmv
UwKxkqwhCIEfrfAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIP4l/3AJGCGtAJFS
DXfgoCk3DmTmWOul2Sh7yyD8D7nhAAAAkIFFwiRbtldsitFxDLn776G83H4Va9vHEOEoTI
HJ0AFlgIgM6UJPi2N+qk5ew5HVkpF+TB/oqw/0yJuhdScUGeseCbk89oUF1b5DUUl45na/
N08s3zPK1PI3H8J7aJ/Hq6YKXiqpkcVdiuM7r1HQuu5+Y1N8EqxwxmDbQGx6w6yqxvnKlC
iO8tGDZsA0UWPFxg==
-----END OPENSSH PRIVATE KEY-----
`;
const ENCRYPTED_PUBLIC =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP4l/3AJGCGtAJFSDXfgoCk3DmTmWOul2Sh7yyD8D7nh enc';

/** A FIDO key's public half: kind, 32 bytes of key, application (OpenSSH's PROTOCOL.u2f). */
const FIDO_KIND = 'sk-ssh-ed25519@openssh.com';
const FIDO_PUBLIC = `${FIDO_KIND} ${Buffer.concat([FIDO_KIND, 'k'.repeat(32), 'ssh:'].map(sshString)).toString('base64')} yubikey`;

class KeyFolder extends TemporaryFolder {
  /** A new private key in a file of this name. */
  key(name: string, mode = 0o600): { path: string; public: string } {
    const pair = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, comment: name });
    return { path: this.file(name, pair.private, mode), public: pair.public };
  }

  file(name: string, content: string, mode = 0o600): string {
    const path = this.write(name, content);
    chmodSync(path, mode);
    return path;
  }
}

async function load(options: Partial<SshTarget>, canAsk = false) {
  const target = {
    agentSocket: null,
    identityFiles: [],
    identitiesOnly: false,
    acceptedKeys: null,
    ...options,
  } as unknown as SshTarget;
  const { offers, passedOver, strangers } = await loadIdentities(target, canAsk, deadline());
  return { labels: offers.map(({ label }) => label), passedOver, strangers };
}

const required = (path: string) => ({ path, required: true });
const optional = (path: string) => ({ path, required: false });

describe('a key that was asked for', () => {
  it('is offered', async () => {
    using folder = new KeyFolder();
    const { path } = folder.key('id_ed25519');
    expect((await load({ identityFiles: [required(path)] })).labels).toEqual([path]);
  });

  it.each([0o644, 0o640, 0o604])('is refused with the fix when its mode is %o', async (mode) => {
    using folder = new KeyFolder();
    const { path } = folder.key('osworld-key.pem', mode);
    await expect(load({ identityFiles: [required(path)] })).rejects.toMatchObject({
      code: 'E_SSH_KEY_FILE',
      message: `the private key ${path} can be read by others (mode 0${mode.toString(8)})`,
      fix: `chmod 600 '${path}'`,
    });
  });

  it('must exist', async () => {
    using folder = new KeyFolder();
    const path = join(folder.path, 'absent');
    await expect(load({ identityFiles: [required(path)] })).rejects.toMatchObject({
      code: 'E_SSH_KEY_FILE',
      message: `there is no private key ${path}`,
    });
  });

  it('may be PKCS #8, encrypted or not', async () => {
    using folder = new KeyFolder();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const plain = folder.file('plain', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' };
    const locked = folder.file(
      'locked',
      privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString(),
    );

    expect((await readKeyFile(plain)).privateKey?.type).toBe('ssh-rsa');
    const file = await readKeyFile(locked);
    expect(file.privateKey).toBeNull();
    expect(unlock(file, 'wrong')).toBeNull();
    expect(unlock(file, 'secret')?.type).toBe('ssh-rsa');
  });

  it('may be PKCS #8 of an Ed25519 key', async () => {
    using folder = new KeyFolder();
    const pair = generateKeyPairSync('ed25519');
    const path = folder.file('plain', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const { privateKey } = await readKeyFile(path);
    const data = Buffer.from('what the server has to check');
    expect(verify(null, data, pair.publicKey, privateKey?.sign(data) as Buffer)).toBe(true);
    const point = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    expect(privateKey?.getPublicSSH().subarray(-point.length)).toEqual(point);
  });

  it('may be encrypted and have text before and after it', async () => {
    using folder = new KeyFolder();
    const path = folder.file('id_ed25519', `# work\r\n${ENCRYPTED}${ENCRYPTED_PUBLIC}\n`);
    const file = await readKeyFile(path);
    expect(file.publicKey?.type).toBe('ssh-ed25519');
    expect(unlock(file, 'wrong')).toBeNull();
    expect(unlock(file, 'secret')?.type).toBe('ssh-ed25519');
  });

  it('must be a key', async () => {
    using folder = new KeyFolder();
    const path = folder.file('id_ed25519', 'not a key');
    await expect(load({ identityFiles: [required(path)] })).rejects.toMatchObject({
      message: `${path} holds no private key that can be read`,
    });
  });

  it('may be named by its public half when the agent has the other one', async () => {
    using folder = new KeyFolder();
    const path = folder.file('id_ed25519.pub', ENCRYPTED_PUBLIC, 0o644);
    for (const name of [path, path.replace('.pub', '')]) {
      await using agent = await startAgent(folder, [folder.key('other').public, ENCRYPTED_PUBLIC]);
      const identityFiles = [required(name)];
      const only = { identityFiles, identitiesOnly: true };
      expect((await load({ ...only, agentSocket: agent.socket })).labels).toEqual(['agent key enc']);
      await expect(load(only)).rejects.toMatchObject({ code: 'E_SSH_KEY_FILE' });
    }
    await expect(load({ identityFiles: [required(path)] })).rejects.toMatchObject({
      message: `${path} is the public half of a key, and the agent does not hold the private one`,
      fix: `load the private key into the agent: ssh-add '${path.replace('.pub', '')}' — or name that file`,
    });
  });

  it('of a kind that ssh2 does not know (FIDO) is told, also by its public half', async () => {
    using folder = new KeyFolder();
    const path = folder.file('id_sk.pub', FIDO_PUBLIC, 0o644);
    const { labels, strangers } = await load({ identityFiles: [required(path)] });
    expect(labels).toEqual([]);
    expect(strangers).toEqual([
      `${path} (${FIDO_KIND} yubikey): arpo-env's own SSH client does not know its kind`,
    ]);
  });

  it('must be in the agent when it is encrypted and nobody can be asked', async () => {
    using folder = new KeyFolder();
    const path = folder.file('id_ed25519', ENCRYPTED);
    const identityFiles = [required(path)];

    await expect(load({ identityFiles })).rejects.toMatchObject({
      message: `the private key ${path} is encrypted, the agent does not hold it and there is no terminal to ask for the passphrase`,
      fix: `ssh-add '${path}'`,
    });
    await using agent = await startAgent(folder, [ENCRYPTED_PUBLIC]);
    expect((await load({ identityFiles, agentSocket: agent.socket })).labels).toEqual(['agent key enc']);
    // Its format shows the public half, so it is known to be the same key.
    expect((await load({ identityFiles, agentSocket: agent.socket }, true)).labels).toEqual([
      'agent key enc',
    ]);
    expect((await load({ identityFiles }, true)).labels).toEqual([path]);
  });
});

describe('a key of ssh_config', () => {
  it('is passed over when it cannot be used, and the reason is kept; an absent one has none', async () => {
    using folder = new KeyFolder();
    const open = folder.key('open', 0o644).path;
    const encrypted = folder.file('encrypted', ENCRYPTED);
    const good = folder.key('good').path;
    const identityFiles = [join(folder.path, 'absent'), open, encrypted, good].map(optional);

    const { labels, passedOver } = await load({ identityFiles });

    expect(labels).toEqual([good]);
    expect(passedOver).toEqual([
      `the private key ${open} can be read by others (mode 0644): chmod 600 '${open}'`,
      `${encrypted} is encrypted; the agent can hold it: ssh-add '${encrypted}'`,
      'no agent is set (SSH_AUTH_SOCK, IdentityAgent)',
    ]);
  });
});

describe('the agent', () => {
  it('stands between keys asked for and keys of ssh_config, with the configured ones first; nothing is offered twice', async () => {
    using folder = new KeyFolder();
    const [asked, configured, stranger] = [
      folder.key('asked'),
      folder.key('configured'),
      folder.key('stranger'),
    ];
    const filed = folder.key('filed');
    await using agent = await startAgent(folder, [stranger.public, configured.public]);
    const identityFiles = [required(asked.path), optional(configured.path), optional(filed.path)];

    const { labels } = await load({ identityFiles, agentSocket: agent.socket });

    expect(labels).toEqual([asked.path, 'agent key configured', 'agent key stranger', filed.path]);
  });

  it('offers only configured keys with IdentitiesOnly', async () => {
    using folder = new KeyFolder();
    const [configured, stranger] = [folder.key('configured'), folder.key('stranger')];
    await using agent = await startAgent(folder, [stranger.public, configured.public]);
    const identityFiles = [optional(configured.path)];

    const { labels } = await load({ identityFiles, agentSocket: agent.socket, identitiesOnly: true });

    expect(labels).toEqual(['agent key configured']);
  });

  it('may hold keys of kinds that ssh2 does not know (FIDO), which are told and not offered', async () => {
    using folder = new KeyFolder();
    const ours = folder.key('ours');
    await using agent = await startAgent(folder, [ours.public, FIDO_PUBLIC]);

    const { labels, strangers } = await load({ agentSocket: agent.socket });

    expect(labels).toEqual(['agent key ours']);
    expect(strangers).toEqual([
      "agent key sk-ssh-ed25519@openssh.com yubikey: arpo-env's own SSH client does not know its kind",
    ]);
    expect((await load({ agentSocket: agent.socket, identitiesOnly: true })).strangers).toEqual([]);
  });

  it("keeps back a key of a kind that PubkeyAcceptedAlgorithms doesn't name", async () => {
    using folder = new KeyFolder();
    const { path } = folder.key('id_ecdsa');
    const identityFiles = [required(path)];
    const { labels, passedOver } = await load({ identityFiles, acceptedKeys: ['ssh-ed25519'] });

    expect(labels).toEqual([]);
    expect(passedOver).toContain(`${path}: PubkeyAcceptedAlgorithms does not allow ecdsa-sha2-nistp256`);
    expect((await load({ identityFiles, acceptedKeys: ['ecdsa-sha2-nistp256'] })).labels).toEqual([path]);
  });

  it('may be empty or away, which is said', async () => {
    using folder = new KeyFolder();
    await using agent = await startAgent(folder, []);
    const away = join(folder.path, 'nobody');

    expect((await load({ agentSocket: agent.socket })).passedOver).toEqual(['the agent has no identities']);
    expect((await load({ agentSocket: away })).passedOver).toEqual([
      `the agent at ${away} does not answer: Failed to connect to agent`,
    ]);
  });
});

/** An ssh-agent that lists these public keys, also of kinds that ssh2 does not know (draft-miller-ssh-agent §3.5). */
async function startAgent(
  folder: TemporaryFolder,
  publicKeys: string[],
): Promise<AsyncDisposable & { socket: string }> {
  const socket = join(folder.path, 'agent.sock');
  const entries = publicKeys.flatMap((line) => {
    const [, blob = '', comment = ''] = line.trim().split(' ');
    return [sshString(Buffer.from(blob, 'base64')), sshString(comment)];
  });
  const identities = Buffer.concat([Buffer.from([12]), uint32(publicKeys.length), ...entries]);
  const server = createServer((client) => {
    client.on('error', () => {}).on('data', () => client.write(sshString(identities)));
  });
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function sshString(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
