import { afterAll, beforeAll } from 'vitest';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import type { VmwareDesktop } from '../../src/providers/vmware/desktop.js';
import { describeProviderContract } from '../providers/contract.js';
import { describeOverDouble, VmrunDouble } from '../support/vmrun-double.js';

let double: VmrunDouble;
let vmx: string;

describeOverDouble('over a double of vmrun', () => {
  beforeAll(async () => {
    double = await VmrunDouble.create();
    vmx = await double.osworldMachine();
  }, 120_000);

  afterAll(() => double[Symbol.asyncDispose]());

  describeProviderContract<VmwareDesktop>('vmware', {
    provider: () => double.provider({ vmx, desktops: 2 }),
    ready: ({ endpoints }) =>
      waitUntilReady(endpoints, { budgetMs: 120_000, signal: new AbortController().signal, intervalMs: 50 }),
    crash: (desktop) => double.crash(desktop.vmx),
    leftovers: async () => [...(await double.running()), ...(await double.claims())],
    timeoutMs: 180_000,
  });
});
