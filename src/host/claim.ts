/** What one process at a time may have, as a file that says who has it: it ends with its process, also when that is killed. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errno } from '../lib/errno.js';
import { parseJson } from '../lib/json.js';
import { makeFolder } from '../lib/make-folder.js';
import { writeAtomically } from '../lib/write-atomically.js';
import { pidScope } from './pid-scope.js';
import { identifyProcess, isRunning, type ProcessIdentity, processIdentitySchema } from './process.js';

const claimSchema = processIdentitySchema.extend({
  /** Pids mean something within one scope only. Those of others count as alive: nobody here can tell. */
  scope: z.string().optional(),
  /** Whatever its holder keeps there for those who find it dead. */
  note: z.record(z.string(), z.unknown()).default({}),
});

type Note = Readonly<Record<string, unknown>>;

export interface FoundClaim {
  holder: ProcessIdentity;
  isAlive: boolean;
  note: Note;
}

/** Disposing gives it back. */
export interface Claim extends AsyncDisposable {
  /** What the one before left there when it died; null when it gave back what it had, or when somebody else found it dead first. */
  readonly before: FoundClaim | null;
  /** Keeps this beside who holds it. */
  annotate(note: Note): Promise<void>;
}

/** Its claim, or who has it already, which may be this very process. Throws the system's error. */
export async function claimFile(file: string, note: Note = {}): Promise<Claim | FoundClaim> {
  const self = (await identifyProcess(process.pid)) ?? { pid: process.pid, startTime: '' };
  const scope = await pidScope();
  const content = (own: Note) =>
    JSON.stringify({ ...self, scope, note: own } satisfies z.input<typeof claimSchema>);
  const draft = `${file}.${process.pid}.${drafts++}.new`;
  let before: FoundClaim | null = null;
  await makeFolder(dirname(file), 0o700);
  try {
    for (;;) {
      await writeFile(draft, content(note), { mode: 0o600 });
      if (await linked(draft, file)) {
        return {
          before,
          annotate: (own) => writeAtomically(file, content(own)),
          [Symbol.asyncDispose]: () => rm(file, { force: true }),
        };
      }
      const found = await readClaim(file);
      if (found?.isAlive) return found;
      // Of two that find a dead process's claim, the second takes the first's away here, and gives it back.
      const isMoved = await rename(file, draft).then(
        () => true,
        () => false,
      );
      const moved = isMoved ? await readClaim(draft) : null;
      if (moved?.isAlive) await linked(draft, file);
      else before = moved ?? before;
    }
  } finally {
    await rm(draft, { force: true });
  }
}

export function isClaim(outcome: Claim | FoundClaim): outcome is Claim {
  return 'annotate' in outcome;
}

/** Null when nobody has it, or its file says nothing that can be read. */
export async function readClaim(file: string): Promise<FoundClaim | null> {
  const claim = parseJson(await readFile(file, 'utf8').catch(() => ''), claimSchema);
  if (claim === undefined) return null;
  const { pid, startTime, scope, note } = claim;
  const holder = { pid, startTime };
  const isForeign = scope !== undefined && scope !== (await pidScope());
  return { holder, note, isAlive: isForeign || (await isRunning(holder)) };
}

let drafts = 0;

/** A name that comes with its content: nobody ever sees an empty claim. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (errno(error) === 'EEXIST') return false;
    throw error;
  }
}
