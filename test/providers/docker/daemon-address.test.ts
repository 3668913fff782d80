import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findDaemon } from '../../../src/providers/docker/daemon-address.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const id = createHash('sha256').update('colima').digest('hex');
const meta = { Name: 'colima', Endpoints: { docker: { Host: 'unix:///home/user/.colima/docker.sock' } } };

function configFolder(): TemporaryFolder {
  return new TemporaryFolder({
    'config.json': '{"currentContext":"colima"}',
    [`contexts/meta/${id}/meta.json`]: JSON.stringify(meta),
  });
}

describe('findDaemon', () => {
  it.each([
    ['unix:///run/user/1000/docker.sock', 'unix:///run/user/1000/docker.sock'],
    ['tcp://192.0.2.7:2376', 'tcp://192.0.2.7:2376'],
    ['192.0.2.7:2375', 'tcp://192.0.2.7:2375'],
    ['ssh://user@deepx', 'ssh://user@deepx'],
  ])('takes DOCKER_HOST=%s before any context', async (value, href) => {
    using folder = configFolder();
    const { url, source, tlsFolder } = await findDaemon({ DOCKER_HOST: value, DOCKER_CONFIG: folder.path });
    expect(url.href).toBe(href);
    expect(source).toBe('DOCKER_HOST');
    expect(tlsFolder).toBeNull();
  });

  it('takes the TLS files from DOCKER_CERT_PATH, else from the config folder', async () => {
    const tls = { DOCKER_HOST: 'tcp://192.0.2.7:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CONFIG: '/config' };
    expect((await findDaemon({ ...tls, DOCKER_CERT_PATH: '/certs' })).tlsFolder).toBe('/certs');
    expect((await findDaemon(tls)).tlsFolder).toBe('/config');
  });

  it('takes the current context', async () => {
    using folder = configFolder();
    const { url, source } = await findDaemon({ DOCKER_CONFIG: folder.path });
    expect(url.pathname).toBe('/home/user/.colima/docker.sock');
    expect(source).toBe('context colima');
  });

  it('takes the usual socket without either, and for the context default', async () => {
    using folder = configFolder();
    const { url, source } = await findDaemon({ DOCKER_CONFIG: folder.path, DOCKER_CONTEXT: 'default' });
    expect(url.pathname).toMatch(/docker\.sock$/);
    expect(source).toBe('default');
  });

  it.each(['/var/run/docker.sock', 'ftp://192.0.2.7', 'unix://', 'tcp://:::'])(
    'refuses DOCKER_HOST=%s',
    async (value) => {
      const finding = findDaemon({ DOCKER_HOST: value });
      await expect(finding).rejects.toMatchObject({
        code: 'E_DOCKER',
        message: expect.stringMatching(/^DOCKER_HOST is .*, which names no Docker daemon$/),
      });
    },
  );

  it('names the context that does not exist', async () => {
    using folder = configFolder();
    await expect(findDaemon({ DOCKER_CONFIG: folder.path, DOCKER_CONTEXT: 'gone' })).rejects.toMatchObject({
      code: 'E_DOCKER',
      message: `there is no Docker context named gone in ${folder.path}`,
    });
  });

  it('names the config file that is not JSON', async () => {
    using folder = new TemporaryFolder({ 'config.json': '{' });
    await expect(findDaemon({ DOCKER_CONFIG: folder.path })).rejects.toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringContaining("config.json is not a config of Docker's in JSON"),
    });
  });
});
