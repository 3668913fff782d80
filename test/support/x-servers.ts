import { identifyProcesses, isRunning, type ProcessIdentity } from '../../src/host/process.js';
import { descendants, readProcesses } from '../../src/host/process-table.js';

/** Every one that was seen below this process: whose parents die is nobody's child any more. */
const seen = new Map<string, ProcessIdentity>();

/** Pids of the virtual X servers that this process's tests have started, now or before a former look, and that still run. */
export async function ownXServers(): Promise<number[]> {
  const below = await descendants(process.pid);
  const rows = (await readProcesses()).filter(({ pid, name }) => name === 'Xvfb' && below.includes(pid));
  for (const identity of await identifyProcesses(rows.map(({ pid }) => pid)))
    seen.set(`${identity.pid} ${identity.startTime}`, identity);
  const all = [...seen.values()];
  const alive = await Promise.all(all.map(isRunning));
  return all.filter((_, index) => alive[index]).map(({ pid }) => pid);
}
