/** What a worker without a sandbox leaves behind when it is killed: processes that have left its group, of this very user. */
import { readdir, readFile } from 'node:fs/promises';
import { endWithin, sendSignal } from '../../../host/process.js';

/** Kills all whose environment names `temporary`, or a folder in it, as theirs for temporary files. Linux alone tells. */
export async function endLeftBehind(temporary: string): Promise<void> {
  const send = async () => {
    for (const pid of await processesOf(temporary)) sendSignal(pid, 'SIGKILL');
  };
  // Looked for again each time: one that was not there yet may have been born of one that is gone now.
  const alive = async () => {
    await send();
    return (await processesOf(temporary)).length > 0;
  };
  await endWithin({ alive, send, first: 'SIGKILL' }, {});
}

async function processesOf(temporary: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter(Number.isInteger);
  const are = await Promise.all(pids.map((pid) => isOf(pid, temporary)));
  return pids.filter((_, index) => are[index]);
}

/** A process that has ended, or is another user's, shows none. */
async function isOf(pid: number, temporary: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return `\0${environment}`.includes(`\0TMPDIR=${temporary}`);
}
