/** The laptop's VMware: what is fixed when a machine is off, and never when it is not. */
import { expect, it } from 'vitest';
import { applyFixes, offeredFixes } from '../../src/doctor/fix.js';
import { onMac, UBUNTU } from './faults/vmware.js';
import { World } from './world.js';

const NEVER = new AbortController().signal;

async function seen(world: World) {
  const report = await world.examine();
  const findings = report.results.filter(({ check }) => check.id.startsWith('vmware.'));
  return { report, of: (id: string) => findings.find(({ check }) => check.id === id)?.finding };
}

it('of a Mac on which all is well', async () => {
  const world = new World();
  onMac(world);
  const { of } = await seen(world);
  expect(of('vmware.product')).toEqual({ status: 'pass', seen: 'VMware Fusion 13.6.1' });
  expect(of('vmware.nested')).toEqual({ status: 'pass', seen: UBUNTU });
});

it('gives a machine that is off what it lacks', async () => {
  const world = new World();
  onMac(world, { 'vhv.enable': 'FALSE', memsize: '2048', numvcpus: '1' });
  const { report } = await seen(world);
  const offered = offeredFixes(report).filter(({ check }) => check.id.startsWith('vmware.'));
  expect(offered.map(({ fix }) => fix.command)).toEqual([
    `set vhv.enable = "TRUE" in ${UBUNTU}`,
    `set memsize = "4096" in ${UBUNTU}`,
    `set numvcpus = "2" in ${UBUNTU}`,
  ]);
  const outcomes = await applyFixes(offered, async () => true, NEVER);
  expect(outcomes.map(({ applied }) => applied)).toEqual([true, true, true]);
  const text = world.files[UBUNTU] ?? '';
  expect(text).toMatch(/^numvcpus = "2"\nmemsize = "4096"\nvhv.enable = "TRUE"\n/);
});

it.each([
  ['running', (world: World) => onMac(world, { memsize: '2048' }, [UBUNTU])],
  [
    'running',
    (world: World) => {
      onMac(world, { memsize: '2048' });
      world.files[`${UBUNTU}.lck/M1.lck`] = '';
    },
  ],
  ['suspended', (world: World) => onMac(world, { memsize: '2048', 'checkpoint.vmState': 'Ubuntu.vmss' })],
])('leaves one alone that is %s', async (state, arrange) => {
  const world = new World();
  arrange(world);
  const { report, of } = await seen(world);
  expect(of('vmware.memory')).toEqual({
    status: 'warn',
    seen: `${UBUNTU}: it has 2048 MB of memory`,
    why: 'OSWorld’s guest alone takes 4 GB.',
    fix: `shut it down first, it is ${state}; then: arpo-env doctor --role laptop --only vmware.memory --fix; or in VMware: Settings → Processors & Memory: 4096 MB or more`,
  });
  expect(offeredFixes(report)).toEqual([]);
});

it('does not touch one that was started meanwhile', async () => {
  const world = new World();
  onMac(world, { memsize: '2048' });
  const { report } = await seen(world);
  world.files[`${UBUNTU}.lck/M1.lck`] = '';
  const [outcome] = await applyFixes(offeredFixes(report), async () => true, NEVER);
  expect(outcome?.error).toBe(`${UBUNTU} is running by now`);
  expect(world.files[UBUNTU]).toContain('memsize = "2048"');
});

it('says what is true of Apple silicon, and offers no setting for it', async () => {
  const world = new World();
  onMac(world, { guestOS: 'arm-ubuntu-64', 'vhv.enable': 'FALSE' });
  world.arch = 'arm64';
  const { report, of } = await seen(world);
  expect(of('vmware.nested')).toMatchObject({
    status: 'warn',
    fix: 'arpo-env image get vmware && arpo-env serve --provider vmware',
  });
  expect(offeredFixes(report)).toEqual([]);
});
