/**
 * Which virtual machines servers of this user have, and which clones are ours: files in the state folder. A machine is had by
 * one server at a time; the claim of one that died says what it left.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { type Claim, claimFile, type FoundClaim, readClaim } from '../../host/claim.js';
import { isRunning, type ProcessIdentity, processIdentitySchema } from '../../host/process.js';
import { parseJson } from '../../lib/json.js';
import { writeAtomically } from '../../lib/write-atomically.js';
import type { VmrunProgram } from './find-vmrun.js';
import { machinePath } from './machine-path.js';

const cloneSchema = z.object({
  name: z.string(),
  vmx: z.string(),
  /** The folder that was made for it, and may be removed with it. */
  folder: z.string(),
  /** The machine whose disks it stands on, and the snapshot that its episodes begin from. */
  base: z.string(),
  snapshot: z.string(),
  /** The snapshot of the base that it was cloned from. */
  from: z.string(),
  /** It has the snapshot that episodes begin from. */
  isPrepared: z.boolean(),
});
/** A linked clone of ours. */
export type CloneRecord = z.output<typeof cloneSchema>;

const noteSchema = z.object({
  vmx: z.string(),
  vmrun: z.object({ path: z.string(), type: z.enum(['ws', 'fusion']) }),
  /** A vmrun that is at it: it goes on when its server is killed. */
  runs: processIdentitySchema.nullable().default(null),
});

/** What a server keeps beside its claim. */
export type ClaimNote = z.input<typeof noteSchema>;

export interface LeftMachine {
  name: string;
  server: ProcessIdentity;
  note: z.output<typeof noteSchema>;
  /** This computer has been started anew since: what runs there now is somebody else's affair. */
  isOfEarlierBoot: boolean;
}

export class Registry {
  readonly #claims: string;
  readonly #clones: string;

  /** `folder`: `StateFolder.vmware`. */
  constructor(folder: string) {
    this.#claims = join(folder, 'claims');
    this.#clones = join(folder, 'clones');
  }

  /** The machine for this process, or who has it. */
  async claim(vmx: string, vmrun: VmrunProgram): Promise<Claim | FoundClaim> {
    const note: ClaimNote = { vmx, vmrun, runs: null };
    return claimFile(await this.#claimOf(vmx), note);
  }

  /** Who has it now; null when it is free, or whoever had it is dead. */
  async holder(vmx: string): Promise<ProcessIdentity | null> {
    const found = await readClaim(await this.#claimOf(vmx));
    return found?.isAlive ? found.holder : null;
  }

  /** Machines of servers that ended without giving them back. */
  async left(): Promise<LeftMachine[]> {
    const files = (await list(this.#claims)).filter((name) => name.endsWith('.json'));
    const found = files.map(async (file): Promise<LeftMachine | null> => {
      const path = join(this.#claims, file);
      const writtenAt = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Number.POSITIVE_INFINITY,
      );
      const claim = await readClaim(path);
      const note = noteSchema.safeParse(claim?.note).data;
      if (claim === null || claim.isAlive || note === undefined) return null;
      const isOfEarlierBoot = writtenAt < Date.now() - uptime() * 1000;
      return { name: nameOf(note.vmx), server: claim.holder, note, isOfEarlierBoot };
    });
    return (await Promise.all(found)).filter((machine) => machine !== null);
  }

  /** In the order of their names. Those of another version cannot be read and are left alone. */
  async clones(): Promise<CloneRecord[]> {
    const texts = (await list(this.#clones))
      .sort()
      .map((file) => readFile(join(this.#clones, file), 'utf8').catch(() => ''));
    return (await Promise.all(texts)).flatMap((text) => parseJson(text, cloneSchema) ?? []);
  }

  async recordClone(clone: CloneRecord): Promise<void> {
    await writeAtomically(join(this.#clones, `${clone.name}.json`), JSON.stringify(clone));
  }

  async forgetClone({ name }: CloneRecord): Promise<void> {
    await rm(join(this.#clones, `${name}.json`), { force: true });
  }

  async #claimOf(vmx: string): Promise<string> {
    const path = await machinePath(vmx);
    const digest = createHash('sha256').update(path).digest('hex').slice(0, 12);
    return join(this.#claims, `${basename(path, '.vmx').replace(/[^\w.-]/g, '_')}-${digest}.json`);
  }
}

/** As people meet it: the name of its .vmx file. */
export function nameOf(vmx: string): string {
  return basename(vmx).replace(/\.vmx$/i, '');
}

/** The vmrun that a dead server left at work, when there is one. */
export async function livingRun(claim: FoundClaim | null): Promise<ProcessIdentity | null> {
  const runs = noteSchema.safeParse(claim?.note).data?.runs ?? null;
  return runs !== null && (await isRunning(runs)) ? runs : null;
}

function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
