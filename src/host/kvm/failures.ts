/**
 * What was learnt of KVM the hard way: guests that died under it although it had passed every look. Kept in a file, so that
 * the next server emulates at once; forgotten when the machine is rebooted, or changes its kernel, its CPU or its QEMU.
 */
import { readFile } from 'node:fs/promises';
import { cpus, hostname, release } from 'node:os';
import { z } from 'zod';
import { parseJson } from '../../lib/json.js';
import { writeAtomically } from '../../lib/write-atomically.js';
import { shellQuote } from '../../shell-words.js';

/** What KVM's use depends on. */
export interface KvmMachine {
  /** New with each boot of the machine: its boot id; or what a Docker daemon elsewhere is known by. */
  id: string;
  /** Release of its kernel. */
  kernel: string;
  /** Model of its CPU; '' where it cannot be seen. */
  cpu: string;
}

const failureSchema = z.object({
  id: z.string(),
  kernel: z.string(),
  cpu: z.string(),
  /** What has QEMU in it: an image's digest. */
  image: z.string(),
  /** QEMU's own. */
  words: z.string(),
  at: z.iso.datetime(),
});
export type KvmFailure = z.output<typeof failureSchema>;

const fileSchema = z.object({ failures: z.array(failureSchema) });

/** A state folder may be shared by machines; those that are long gone need no place in it. */
const KEPT = 20;

export async function thisMachine(): Promise<KvmMachine> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname());
  return { id: bootId.trim(), kernel: release(), cpu: cpus()[0]?.model ?? '' };
}

/** The newest failure on this machine, with this image where one is given; null when there is none. Never throws. */
export async function recallKvmFailure(
  file: string,
  machine: KvmMachine,
  image?: string,
): Promise<KvmFailure | null> {
  const isIt = (failure: KvmFailure) =>
    failure.id === machine.id &&
    failure.kernel === machine.kernel &&
    failure.cpu === machine.cpu &&
    (image === undefined || failure.image === image);
  return (await readFailures(file)).findLast(isIt) ?? null;
}

/** Why KVM is known not to work on this machine, whatever the image; null when no guest died of it. */
export async function knownKvmFailure(file: string): Promise<string | null> {
  const failure = await recallKvmFailure(file, await thisMachine());
  return failure && describeKvmFailure(failure, file);
}

/** One clause, with the way to forget it. */
export function describeKvmFailure({ words, at }: KvmFailure, file: string): string {
  return `/dev/kvm is there, but a guest died under KVM at ${at} (${words}); to have KVM tried again: ${forget(file)}`;
}

/** The command that does. */
export function forget(file: string): string {
  return `rm ${shellQuote(file)}`;
}

/** Throws the system's error when the file cannot be written. */
export async function rememberKvmFailure(file: string, failure: KvmFailure): Promise<void> {
  const failures = [...(await readFailures(file)), failure].slice(-KEPT);
  await writeAtomically(file, `${JSON.stringify({ failures }, null, 2)}\n`);
}

/** A file that cannot be read says nothing: at worst a guest dies once more. */
async function readFailures(file: string): Promise<KvmFailure[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parseJson(text, fileSchema)?.failures ?? [];
}
