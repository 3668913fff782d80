/** What one process at a time may have, as a file that says who has it: it ends with its process, also when that is killed. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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
  /** What the one before left there when it died; null when it gave back what it had. */
  readonly before: FoundClaim | null;
  /** Keeps this beside who holds it. */
  annotate(note: Note): Promise<void>;
}

/** How long one who puts its claim in a dead one's place is waited for, and how often: it does so in a moment. */
const TURN_MS = 10;
const MOST_TURNS = 500;

/** Its claim, or who has it already, which may be this very process. Throws the system's error. */
export async function claimFile(file: string, note: Note = {}): Promise<Claim | FoundClaim> {
  const self = (await identifyProcess(process.pid)) ?? { pid: process.pid, startTime: '' };
  const scope = await pidScope();
  const content = (own: Note) =>
    JSON.stringify({ ...self, scope, note: own } satisfies z.input<typeof claimSchema>);
  const draft = `${file}.${process.pid}.${drafts++}.new`;
  const ours = (before: FoundClaim | null): Claim => ({
    before,
    annotate: (own) => writeAtomically(file, content(own)),
    [Symbol.asyncDispose]: () => rm(file, { force: true }),
  });
  await makeFolder(dirname(file), 0o700);
  try {
    await writeFile(draft, content(note), { mode: 0o600 });
    for (let turns = 0; ; turns += 1) {
      if (await linked(draft, file)) return ours(null);
      const text = await textOf(file);
      if (text === null) continue; // given back meanwhile
      const found = await parseClaim(text);
      if (found?.isAlive) return found;
      const turn = await replace(file, text, draft);
      if (turn === 'ours') return ours(found);
      if (turn === 'again') continue;
      if (turns >= MOST_TURNS) return turn;
      await delay(TURN_MS);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Puts the draft in the place of a dead one's claim, if that is still there: one at a time, since between look and deed another
 * may have done so. Who is about to, when it is another one.
 */
async function replace(file: string, dead: string, draft: string): Promise<'ours' | 'again' | FoundClaim> {
  const turn = `${file}.turn`;
  if (!(await linked(draft, turn))) {
    const holder = await readClaim(turn);
    if (holder?.isAlive) return holder;
    await rm(turn, { force: true }); // it died in its turn, or has just ended it
    return 'again';
  }
  try {
    if ((await textOf(file)) !== dead) return 'again';
    await rename(draft, file);
    return 'ours';
  } finally {
    await rm(turn, { force: true });
  }
}

export function isClaim(outcome: Claim | FoundClaim): outcome is Claim {
  return 'annotate' in outcome;
}

/** Null when nobody has it, or its file says nothing that can be read. */
export async function readClaim(file: string): Promise<FoundClaim | null> {
  return parseClaim((await textOf(file).catch(() => null)) ?? '');
}

async function parseClaim(text: string): Promise<FoundClaim | null> {
  const claim = parseJson(text, claimSchema);
  if (claim === undefined) return null;
  const { pid, startTime, scope, note } = claim;
  const holder = { pid, startTime };
  const isForeign = scope !== undefined && scope !== (await pidScope());
  return { holder, note, isAlive: isForeign || (await isRunning(holder)) };
}

/** Null when it is not there. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return null;
    throw error;
  }
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
