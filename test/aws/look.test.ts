import { describe, expect, it } from 'vitest';
import type { Aws } from '../../src/aws/aws.js';
import { type CloudQuestions, lookAtCloud } from '../../src/aws/look.js';
import { FakeEc2 } from '../support/fake-ec2.js';
import { FakeFleet } from '../support/fake-fleet.js';
import { FakeHost } from '../support/fake-host.js';

const METADATA = {
  instanceId: 'i-0123',
  region: 'us-east-1',
  privateIp: '10.0.0.7',
  publicIp: '198.51.100.7',
  subnetId: 'subnet-1',
  groupIds: ['sg-1'],
};

function look(questions: Partial<CloudQuestions> = {}, aws: Partial<Aws> = {}) {
  return lookAtCloud({
    machine: new FakeHost().toHost(),
    aws: {
      open: async () => new FakeEc2(),
      openFleet: async () => new FakeFleet(),
      metadata: async () => METADATA,
      ...aws,
    },
    isInstance: false,
    region: undefined,
    dialled: null,
    cluster: null,
    desktops: null,
    signal: new AbortController().signal,
    ...questions,
  });
}

describe('lookAtCloud', () => {
  it('asks nothing where AWS is not part of the topology', async () => {
    const open = () => Promise.reject(new Error('asked'));
    expect(await look({ region: 'us-east-1' }, { open })).toMatchObject({ kind: 'none' });
    expect(await look({ dialled: 'vm.example' }, { open })).toMatchObject({ kind: 'none' });
  });

  it('takes an instance’s own region and id, and the cluster’s address', async () => {
    expect(await look({ isInstance: true, cluster: '198.51.100.20' })).toMatchObject({
      kind: 'facts',
      facts: {
        region: 'us-east-1',
        lookedFor: 'i-0123',
        server: { id: 'i-0123' },
        clusterAddresses: ['198.51.100.20'],
        desktops: null,
      },
    });
  });

  it('finds the machine that is dialled, and the desktops’ network', async () => {
    const desktops = { subnetId: 'subnet-1', securityGroupId: 'sg-2' };
    expect(await look({ region: 'eu-west-1', dialled: '198.51.100.7', desktops })).toMatchObject({
      kind: 'facts',
      facts: { server: { id: 'i-0123' }, desktops: { vpcId: 'vpc-1', group: { id: 'sg-2' } } },
    });
    expect(await look({ desktops })).toEqual({ kind: 'no-region' });
  });

  it.each([
    ['CredentialsProviderError', 'no-credentials'],
    ['AuthFailure', 'bad-credentials'],
    ['UnauthorizedOperation', 'denied'],
    ['TimeoutError', 'failed'],
  ])('says of %s that it is %s', async (name, kind) => {
    const open = () => Promise.reject(Object.assign(new Error('words'), { name }));
    expect(await look({ isInstance: true }, { open })).toMatchObject({ kind });
  });
});
