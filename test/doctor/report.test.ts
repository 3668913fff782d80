import { describe, expect, it } from 'vitest';
import { type Palette, reportDocument, reportText } from '../../src/doctor/report.js';
import { FAULT_TABLES } from './faults/index.js';
import { World } from './world.js';

const same = (text: string) => text;
const palette: Palette = { green: same, yellow: same, red: same, cyan: same, dim: same, bold: same };

async function reportOf(name: string) {
  const world = new World();
  const faults = FAULT_TABLES.flatMap((table) => table.faults);
  faults.find((fault) => fault.name === name)?.break(world);
  return { ...(await world.examine()), durationMs: 420 };
}

describe('reportText', () => {
  it('groups by link, tells causes from consequences, and ends with one diagnosis', async () => {
    expect(reportText(await reportOf('no env server runs'), { verbose: false, palette })).toBe(
      `
vm: deepx 127.0.0.1:15001 → tunnel → 127.0.0.1:18082 → desktops

✓ config        5 in order
✓ machine       13 in order
✓ desktop       10 in order
– repository    does not apply
– guest agent   3 skipped until this is fixed: env server
✓ evaluators    1 in order
✗ env server    1 broken, 7 skipped
    ✗ nothing listens on 127.0.0.1:18082 (Connection refused) [server.listening]
      There is no env server: the tunnel answers 502 and the trainer gives up.
      → arpo-env serve --detach
– bind address  3 skipped until this is fixed: env server
✓ firewall      1 in order
– AWS network   does not apply
✓ SSH           14 in order
✓ tunnel        6 in order, 1 skipped until this is fixed: env server
✓ cluster       6 in order, 7 skipped until this is fixed: env server
✓ trainer       10 in order

✗ The chain breaks at: env server — nothing listens on 127.0.0.1:18082 (Connection refused) (420 ms)
→ arpo-env serve --detach`.trimStart(),
    );
  });

  it('says so when nothing is broken', async () => {
    const text = reportText(await reportOf('nothing'), { verbose: false, palette });
    expect(text).toMatch(/✓ No link is broken\. \(420 ms\)$/);
  });

  it('ends with a warning that breaks nothing as such', async () => {
    const text = reportText(await reportOf('num_envs is 4'), { verbose: false, palette });
    expect(text).toMatch(
      /! No link is broken; one is worth a look — .*num_envs: 4 \(420 ms\)\n→ env\.num_envs: 1$/,
    );
  });

  it('with verbose shows every check with its time', async () => {
    const report = await reportOf('nothing');
    const text = reportText(report, { verbose: true, palette });
    for (const { check } of report.results) expect(text).toContain(check.id);
    expect(text).toMatch(/✓ it answers: HTTP 200 \[server\.answers\] {2}\d+ ms/);
  });
});

describe('reportDocument', () => {
  it('has the verdict and every check', async () => {
    const document = reportDocument(await reportOf('no env server runs'));
    expect(document.verdict).toEqual({
      kind: 'broken',
      check: 'server.listening',
      link: 'server',
      seen: 'nothing listens on 127.0.0.1:18082 (Connection refused)',
      why: 'There is no env server: the tunnel answers 502 and the trainer gives up.',
      fix: 'arpo-env serve --detach',
    });
    expect(document.checks.find(({ id }) => id === 'server.docs')).toMatchObject({
      status: 'consequence',
      of: 'server.listening',
    });
  });

  it('keeps addresses apart that are not credentials, and hides those that are', async () => {
    const world = new World();
    world.sshFailure = 'user@cluster.example: Permission denied (publickey).';
    world.cluster = { ...world.cluster };
    expect(reportDocument(await world.examine()).verdict).toMatchObject({
      check: 'ssh.auth',
      seen: world.sshFailure,
    });

    const secret = new World();
    secret.dockerError = 'Cannot connect to the Docker daemon at tcp://user:hunter2@192.0.2.1:2376.';
    expect(JSON.stringify(reportDocument(await secret.examine()))).not.toContain('hunter2');
  });
});
