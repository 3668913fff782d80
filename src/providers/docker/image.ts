/** The desktop's image: there, or pulled with its progress told. */
import type Docker from 'dockerode';
import { z } from 'zod';
import type { BootProgress } from '../provider.js';
import { within } from './daemon.js';
import { isNotFound } from './errors.js';
import { jsonLines } from './json-lines.js';

export interface DesktopImage {
  /** Name with a tag; Docker's API pulls every tag of a name without one. */
  name: string;
  /** Digest of what is in it. */
  id: string;
  /** The container itself is the desktop: no VM in it, so no disk, no KVM. */
  isContainerDesktop: boolean;
}

/** An image whose label `LABEL` is this runs the guest agent itself instead of a VM with it; ours does. */
export const GUEST_LABEL = 'arpo-env.guest';
export const CONTAINER_GUEST = 'container';
const INSPECT_TIMEOUT_MS = 15_000;

const pullEventSchema = z.object({
  id: z.string().nullish(),
  status: z.string().nullish(),
  error: z.string().nullish(),
  progressDetail: z.object({ current: z.number().nullish(), total: z.number().nullish() }).nullish(),
});

/** Null when the daemon has no such image. */
export async function findImage(api: Docker, name: string): Promise<DesktopImage | null> {
  try {
    const { Id, Config } = await within(INSPECT_TIMEOUT_MS, api.getImage(name).inspect());
    return { name, id: Id, isContainerDesktop: Config.Labels?.[GUEST_LABEL] === CONTAINER_GUEST };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** `name` with `:latest` when it has neither tag nor digest. */
export function withTag(name: string): string {
  return name.includes('@') || /:[^/]+$/.test(name) ? name : `${name}:latest`;
}

/** Throws in Docker's words when it cannot be pulled, and whatever breaks off the request when it is cancelled. */
export async function pullImage(
  api: Docker,
  name: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: BootProgress) => void },
): Promise<void> {
  onProgress({ phase: 'pulling image', detail: name });
  const stream = await api.pull(name, { abortSignal: signal });
  const layers = new Map<string, Layer>();
  for await (const { id, status, error, progressDetail } of jsonLines(stream, pullEventSchema, signal)) {
    if (error) throw new Error(error);
    if (!id || status !== 'Downloading' || !progressDetail?.total) continue;
    layers.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total });
    onProgress({ phase: 'pulling image', detail: `${name}: ${megabytes(layers)}` });
  }
}

interface Layer {
  current: number;
  total: number;
}

/** `312 of 890 MB`; the total grows while the daemon begins with further layers. */
function megabytes(layers: ReadonlyMap<string, Layer>): string {
  const sum = (field: keyof Layer) => [...layers.values()].reduce((bytes, layer) => bytes + layer[field], 0);
  const mb = (bytes: number) => Math.round(bytes / 1e6);
  return `${mb(sum('current'))} of ${mb(sum('total'))} MB`;
}
