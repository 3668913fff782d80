import { describe, expect, it } from 'vitest';
import { containerOptions, formatSize } from '../../../src/providers/docker/container-options.js';

const settings = {
  qcow2: '/vm/Ubuntu.qcow2',
  ramSize: 4 * 1024 ** 3,
  cpuCores: 4,
  diskSize: 32 * 1024 ** 3,
  publishAddress: '127.0.0.1',
  screen: { width: 1280, height: 720 },
};
const vm = { name: 'happysixd/osworld-docker:latest', id: 'sha256:1', isContainerDesktop: false };
const container = { name: 'arpo-desktop:latest', id: 'sha256:1', isContainerDesktop: true };
const request = { name: 'arpo-env-1', settings, labels: { a: 'b' }, availableCores: 2 };
const kvm = { PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rwm' };
const chosenByDocker = [{ HostIp: '127.0.0.1', HostPort: '' }];

describe("a VM's container", () => {
  it("is OSWorld's, with ports that Docker chooses on the loopback", () => {
    const options = containerOptions({ ...request, image: vm, useKvm: true });
    expect(options).toMatchObject({
      name: 'arpo-env-1',
      Image: 'happysixd/osworld-docker:latest',
      Labels: { a: 'b' },
      Env: ['DISK_SIZE=32G', 'RAM_SIZE=4G', 'CPU_CORES=4'],
      HostConfig: {
        PortBindings: {
          '5000/tcp': chosenByDocker,
          '9222/tcp': chosenByDocker,
          '8006/tcp': chosenByDocker,
          '8080/tcp': chosenByDocker,
        },
        CapAdd: ['NET_ADMIN'],
        Devices: [kvm],
        Mounts: [{ Type: 'bind', Source: '/vm/Ubuntu.qcow2', Target: '/System.qcow2', ReadOnly: true }],
      },
    });
    expect(Object.keys(options.HostConfig?.PortBindings ?? {})).toHaveLength(4);
  });

  it('is told to do without KVM where it cannot be used', () => {
    const { Env, HostConfig } = containerOptions({ ...request, image: vm, useKvm: false });
    expect(Env).toContain('KVM=N');
    expect(HostConfig?.Devices).toEqual([]);
  });
});

describe('a container that is the desktop', () => {
  it('gets limits, the screen, and none of what a VM needs', () => {
    const { Env, HostConfig } = containerOptions({ ...request, image: container, useKvm: false });
    expect(Env).toEqual(['SCREEN_WIDTH=1280', 'SCREEN_HEIGHT=720']);
    expect(HostConfig).toMatchObject({ Memory: 4 * 1024 ** 3, NanoCpus: 2e9 });
    expect(HostConfig?.CapAdd).toBeUndefined();
    expect(HostConfig?.Devices).toBeUndefined();
    expect(HostConfig?.Mounts).toBeUndefined();
  });
});

it.each([
  [4 * 1024 ** 3, '4G'],
  [1536 * 1024 ** 2, '1536M'],
  [1024 ** 2 + 1, '2M'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
