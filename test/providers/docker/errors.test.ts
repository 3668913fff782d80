import { describe, expect, it } from 'vitest';
import { ArpoEnvError } from '../../../src/errors.js';
import { displayAddress, dockerError } from '../../../src/providers/docker/errors.js';

const local = { url: new URL('unix:///var/run/docker.sock'), source: 'default', tlsFolder: null };
const chosen = { ...local, url: new URL('tcp://192.0.2.7:2376'), source: 'DOCKER_HOST' };
const overSsh = { ...local, url: new URL('ssh://user@deepx:2222'), source: 'context deepx' };

const refusal = (statusCode: number, message: string) =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), {
    statusCode,
    json: { message },
  });
const system = (code: string) => Object.assign(new Error(`connect ${code} /var/run/docker.sock`), { code });

/** What Docker Engine 20.10 to 28 and Node say in these situations. */
describe("Docker's refusals", () => {
  it.each<[string, unknown, typeof local, string, RegExp]>([
    ['no daemon', system('ENOENT'), local, 'E_DOCKER', /systemctl start docker|open -a Docker/],
    [
      'no daemon where DOCKER_HOST says',
      system('ECONNREFUSED'),
      chosen,
      'E_DOCKER',
      /Correct DOCKER_HOST.*unset DOCKER_HOST/,
    ],
    [
      'no daemon over SSH',
      system('ECONNREFUSED'),
      overSsh,
      'E_DOCKER',
      /ssh -p 2222 user@deepx docker version/,
    ],
    ['a host without a name', system('ENOTFOUND'), chosen, 'E_DOCKER', /correct DOCKER_HOST/],
    ['the socket of another group', system('EACCES'), local, 'E_DOCKER', /docker/],
    [
      'HTTP to a TLS daemon',
      refusal(400, 'Client sent an HTTP request to an HTTPS server.'),
      chosen,
      'E_DOCKER',
      /DOCKER_CERT_PATH/,
    ],
    [
      'a full disk',
      refusal(500, 'mkdir /var/lib/docker/overlay2/1: no space left on device'),
      local,
      'E_DISK_FULL',
      /docker system df/,
    ],
    [
      'no memory',
      refusal(500, 'fork/exec /proc/self/exe: cannot allocate memory'),
      local,
      'E_OUT_OF_MEMORY',
      /RAM_SIZE/,
    ],
    [
      'no ports',
      refusal(500, 'driver failed programming external connectivity: all ports are allocated'),
      local,
      'E_PORT_IN_USE',
      /ip_local_port_range/,
    ],
    [
      'AppArmor',
      refusal(500, 'AppArmor enabled on system but the docker-default profile could not be loaded'),
      local,
      'E_PROVIDER_UNAVAILABLE',
      /dmesg/,
    ],
    [
      'SELinux',
      refusal(
        500,
        "error setting label on mount source '/vm/a.qcow2': SELinux relabeling of /vm is not allowed",
      ),
      local,
      'E_PROVIDER_UNAVAILABLE',
      /ausearch/,
    ],
    [
      'KVM that went away',
      refusal(
        500,
        'error gathering device information while adding custom device "/dev/kvm": no such file or directory',
      ),
      local,
      'E_PROVIDER_UNAVAILABLE',
      /ls -l \/dev\/kvm/,
    ],
    [
      'an image that is not there',
      refusal(404, 'pull access denied for arpo-x, repository does not exist'),
      local,
      'E_IMAGE',
      /arpo-env image build/,
    ],
    [
      'no network to pull',
      new Error(
        'Get "https://registry.cluster.example/v2/": dial tcp: lookup registry.cluster.example: no such host',
      ),
      local,
      'E_IMAGE',
      /docker save arpo-desktop/,
    ],
    [
      'too many pulls',
      new Error('toomanyrequests: You have reached your pull rate limit'),
      local,
      'E_IMAGE',
      /docker login/,
    ],
    [
      'a disk that is not on its machine',
      refusal(400, 'invalid mount config for type "bind": bind source path does not exist: /vm/a.qcow2'),
      chosen,
      'E_QCOW2',
      /daemon's machine/,
    ],
    [
      'an old daemon',
      refusal(400, 'client version 1.52 is too new. Maximum supported API version is 1.24'),
      local,
      'E_DOCKER',
      /Engine 20\.10/,
    ],
    [
      'what nobody foresaw',
      refusal(500, 'a teapot'),
      local,
      'E_PROVIDER_UNAVAILABLE',
      /journalctl -u docker/,
    ],
  ])('%s', async (_title, thrown, address, code, fix) => {
    const error = await dockerError(thrown, { address, doing: 'start desktop a', image: 'arpo-desktop' });
    expect(error).toMatchObject({ code, fix: expect.stringMatching(fix), cause: thrown });
    expect(error.message).toMatch(/^Docker at \S+( \(.*\))? could not start desktop a: ./);
  });

  it("repeats Docker's own sentence once, without the library's frame", async () => {
    const error = await dockerError(refusal(500, 'a teapot'), { address: chosen, doing: 'start desktop a' });
    expect(error.message).toBe(
      'Docker at tcp://192.0.2.7:2376 (DOCKER_HOST) could not start desktop a: a teapot',
    );
  });

  it('leaves our own errors as they are', async () => {
    const ours = new ArpoEnvError({ code: 'E_QCOW2', message: 'm', fix: 'h' });
    expect(await dockerError(ours, { address: local, doing: 'x' })).toBe(ours);
  });

  it('shows no password of an address', () => {
    expect(displayAddress({ ...chosen, url: new URL('tcp://user:secret@192.0.2.7:2376') })).not.toContain(
      'secret',
    );
  });
});
