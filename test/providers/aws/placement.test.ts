import { expect, test } from 'vitest';
import type { InstanceMetadata } from '../../../src/aws/instance-metadata.js';
import { configSchema } from '../../../src/config/schema.js';
import { findPlacement } from '../../../src/providers/aws/placement.js';

const HERE: InstanceMetadata = {
  ...{ instanceId: 'i-0123', region: 'us-east-1', privateIp: '10.0.0.7', publicIp: null },
  ...{ subnetId: 'subnet-7', groupIds: ['sg-7', 'sg-8'] },
};

function place(aws: object, here: InstanceMetadata | null = null, screen = {}, env = {}) {
  const config = configSchema.parse({ providers: { aws }, screen });
  const settings = { ...config.providers.aws, screen: config.screen };
  const signal = new AbortController().signal;
  return findPlacement(settings, { aws: { metadata: async () => here }, env, signal });
}

test('an instance without any setting launches beside itself', async () => {
  expect(await place({}, HERE)).toEqual({
    placement: {
      ...{ region: 'us-east-1', imageId: 'ami-0d23263edb96951d8', groupIds: ['sg-7', 'sg-8'] },
      ...{
        candidates: [{ type: 't3.xlarge', subnetId: 'subnet-7' }],
        market: 'on-demand',
        address: 'private',
      },
    },
  });
});

test('what is configured comes first, and the subnet of another region is of no use', async () => {
  const settings = {
    region: 'ap-east-1',
    subnetIds: 'subnet-1,subnet-2'.split(','),
    securityGroupIds: 'sg-1',
  };
  expect(await place({ ...settings, instanceTypes: 'm5.xlarge', ami: 'ami-1' }, HERE)).toMatchObject({
    placement: {
      ...{ region: 'ap-east-1', imageId: 'ami-1', groupIds: ['sg-1'] },
      candidates: [
        { type: 'm5.xlarge', subnetId: 'subnet-1' },
        { type: 'm5.xlarge', subnetId: 'subnet-2' },
      ],
    },
  });
  expect(await place({ region: 'ap-east-1' }, HERE)).toMatchObject({
    problems: [
      {
        code: 'E_AWS_SETTINGS',
        fix: expect.stringMatching(
          /^see which there are: aws ec2 describe-subnets --region ap-east-1 .* AWS_SUBNET_ID$/,
        ),
      },
      {
        code: 'E_AWS_SETTINGS',
        fix: expect.stringMatching(
          /^see which there are: aws ec2 describe-security-groups .* AWS_SECURITY_GROUP_ID$/,
        ),
      },
    ],
  });
});

test('a laptop without settings hears of all that is missing at once', async () => {
  const found = await place({});
  expect('problems' in found && found.problems.map(({ fix }) => fix.split(/[= ]/).at(-1))).toEqual([
    ...['us-east-1', 'AWS_SUBNET_ID', 'AWS_SECURITY_GROUP_ID'],
  ]);
  const settings = { subnetIds: 'subnet-1', securityGroupIds: 'sg-1' };
  expect(await place(settings, null, {}, { AWS_DEFAULT_REGION: 'us-east-1' })).toHaveProperty('placement');
});

test("OSWorld's images are of some regions and one size", async () => {
  const settings = { region: 'eu-west-1', subnetIds: 'subnet-1', securityGroupIds: 'sg-1' };
  const [elsewhere, small] = await Promise.all([
    place(settings),
    place({ ...settings, region: 'us-east-1' }, null, { width: 1280, height: 720 }),
  ]);
  expect(elsewhere).toMatchObject({
    problems: [
      { fix: expect.stringContaining('--source-image-id ami-0d23263edb96951d8 --region eu-west-1') },
    ],
  });
  expect(small).toMatchObject({ problems: [{ message: expect.stringContaining('1280×720') }] });
  expect(await place({ ...settings, ami: 'ami-1' }, null, { width: 1280, height: 720 })).toHaveProperty(
    'placement',
  );
});
