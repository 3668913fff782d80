/** A desktop's programs outside a sandbox: they end with the agent all the same. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openPlace } from '../../src/guest/x11/place.js';
import { Processes } from '../../src/guest/x11/processes.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { processesWith } from '../support/marked-processes.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

describeWith('setsid', 'a desktop outside a sandbox', () => {
  it('ends what left its parent and its session, and its folder is gone', async () => {
    using home = new TemporaryFolder();
    const { signal } = new AbortController();
    const place = await openPlace({ home: home.path, sandboxed: false, signal });
    const processes = new Processes(() => ({ ...place.variables, PATH: place.path, HOME: place.home }));
    const options = { timeoutSeconds: 10, signal };
    const said = await processes.run(['sh', '-c', 'pwd; setsid sleep 86399 >/dev/null 2>&1 &'], options);
    expect(said.stdout.toString()).toBe(`${home.path}\n`);
    await processes.start(['sh', '-c', 'trap "" TERM; sleep 86399; sleep 86399']);
    const mark = Object.entries(place.variables)[0]?.join('=') ?? '';
    await eventually(async () => expect((await processesWith(mark)).length).toBeGreaterThanOrEqual(3));

    await place[Symbol.asyncDispose]();
    expect(await processesWith(mark)).toEqual([]);
    expect(existsSync(place.session)).toBe(false);
    expect(existsSync(home.path)).toBe(true);
    expect(place.ended.aborted).toBe(false);
  });
});
