/** What a desktop's container is created with: OSWorld's own parameters (providers.md §2), ports aside. */
import type Docker from 'dockerode';
import type { DesktopImage } from './image.js';

/** Settings of one desktop; those of the config's `providers.docker`. */
export interface DesktopSettings {
  /** Absolute path, on the daemon's machine, of the guest's disk. */
  qcow2?: string | undefined;
  /** Bytes. */
  ramSize: number;
  cpuCores: number;
  /** Bytes. */
  diskSize: number;
  /** Address of the daemon's machine on which the four ports are published. */
  publishAddress: string;
  /** Pixels; a VM's screen is what its disk says. Default: what the image says. */
  screen?: { width: number; height: number } | undefined;
}

export interface ContainerRequest {
  name: string;
  image: DesktopImage;
  settings: DesktopSettings;
  labels: Record<string, string>;
  /** Pass /dev/kvm; otherwise the guest is told to do without. */
  useKvm: boolean;
  /** Cores of the daemon's machine: a container may not be promised more. */
  availableCores: number;
}

/** What a desktop listens on inside its container (guest-api.md §3). */
export const GUEST_PORTS = { agent: 5000, cdp: 9222, watch: 8006, vlc: 8080 } as const;

export function containerOptions(request: ContainerRequest): Docker.ContainerCreateOptions {
  const { name, image, settings, labels } = request;
  const ports = Object.values(GUEST_PORTS).map((port) => `${port}/tcp`);
  return {
    name,
    Image: image.name,
    Labels: labels,
    Tty: false,
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    Env: image.isContainerDesktop ? screenVariables(settings) : vmVariables(request),
    HostConfig: {
      // An empty HostPort lets Docker choose, which is what keeps desktops that start at once from colliding.
      PortBindings: Object.fromEntries(
        ports.map((port) => [port, [{ HostIp: settings.publishAddress, HostPort: '' }]]),
      ),
      ...(image.isContainerDesktop ? containerLimits(request) : vmNeeds(request)),
      // A guest may print for days; its log must not fill the disk. json-file is the one driver that can always be read.
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      RestartPolicy: { Name: 'no' },
    },
  };
}

/** Variables of the qemus/qemu family of images, with OSWorld's names for them. */
function vmVariables({ settings, useKvm }: ContainerRequest): string[] {
  const { diskSize, ramSize, cpuCores } = settings;
  const variables = [
    `DISK_SIZE=${formatSize(diskSize)}`,
    `RAM_SIZE=${formatSize(ramSize)}`,
    `CPU_CORES=${cpuCores}`,
  ];
  return useKvm ? variables : [...variables, 'KVM=N'];
}

/** As the whole of OSWorld names them. */
function screenVariables({ screen }: DesktopSettings): string[] {
  return screen ? [`SCREEN_WIDTH=${screen.width}`, `SCREEN_HEIGHT=${screen.height}`] : [];
}

function vmNeeds({ settings, useKvm }: ContainerRequest): Docker.HostConfig {
  const device = { PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rwm' };
  return {
    // A mount, unlike a bind, does not make a folder where the file is missing.
    Mounts: settings.qcow2
      ? [{ Type: 'bind', Source: settings.qcow2, Target: '/System.qcow2', ReadOnly: true }]
      : [],
    CapAdd: ['NET_ADMIN'],
    Devices: useKvm ? [device] : [],
  };
}

/** Without a VM the guest's memory and cores are the container's own. */
function containerLimits({ settings, availableCores }: ContainerRequest): Docker.HostConfig {
  return {
    Memory: settings.ramSize,
    NanoCpus: Math.min(settings.cpuCores, availableCores) * 1e9,
    // Chrome's renderers share more than Docker's usual 64 MB.
    ShmSize: 512 * 1024 ** 2,
    Init: true,
  };
}

/** As QEMU reads sizes: `4G`, or `1536M` when it is not a whole number of them. */
export function formatSize(bytes: number): string {
  const gigabytes = bytes / 1024 ** 3;
  return Number.isInteger(gigabytes) ? `${gigabytes}G` : `${Math.ceil(bytes / 1024 ** 2)}M`;
}
