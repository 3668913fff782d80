/** A desktop's programs where namespaces are not allowed: ended with the agent all the same. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openPlain } from '../../src/guest/x11/enclosure/plain.js';
import { Processes } from '../../src/guest/x11/processes.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

describeWith('setsid', 'an enclosure without namespaces', () => {
  it('ends what left its parent and its session, and its folder is gone', async () => {
    using home = new TemporaryFolder();
    const { signal } = new AbortController();
    const enclosure = await openPlain({ home: home.path, signal, log: () => undefined });
    const processes = new Processes(enclosure, () => ({ PATH: enclosure.path, HOME: enclosure.home }));
    const options = { timeoutSeconds: 10, signal };
    const said = await processes.run(['sh', '-c', 'pwd; setsid sleep 86399 >/dev/null 2>&1 &'], options);
    expect(said.stdout.toString()).toBe(`${home.path}\n`);
    await processes.start(['sh', '-c', 'trap "" TERM; sleep 86399; sleep 86399']);
    const mark = Object.entries(enclosure.mark)[0]?.join('=') ?? '';
    await eventually(() => expect(marked(mark).length).toBeGreaterThanOrEqual(3));

    await enclosure[Symbol.asyncDispose]();
    expect(marked(mark)).toEqual([]);
    expect(existsSync(enclosure.session)).toBe(false);
    expect(existsSync(home.path)).toBe(true);
    expect(enclosure.ended.aborted).toBe(false);
  });
});

/** Pids with this in their environment. */
function marked(entry: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry);
    } catch {
      return false; // it has ended
    }
  });
}
