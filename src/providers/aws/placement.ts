/** Where desktops are launched, and from what: from the config, else from the instance that we run on. */
import type { Aws } from '../../aws/aws.js';
import { listGroups, listImages, listSubnets } from '../../aws/errors.js';
import type { InstanceMetadata } from '../../aws/instance-metadata.js';
import type { Config } from '../../config/schema.js';
import type { Problem } from '../../errors.js';

export type AwsSettings = Config['providers']['aws'] & { screen: Config['screen'] };

/** One way to launch; several are tried in order. */
export interface Candidate {
  type: string;
  subnetId: string;
}

export interface Placement {
  region: string;
  imageId: string;
  candidates: readonly [Candidate, ...Candidate[]];
  groupIds: readonly string[];
  market: 'on-demand' | 'spot';
  address: 'private' | 'public';
}

/** OSWorld's own images, drawn at 1920×1080 (providers.md §4). */
const AMIS: Readonly<Record<string, string>> = {
  'us-east-1': 'ami-0d23263edb96951d8',
  'ap-east-1': 'ami-06850864d18fad836',
};

const SET = 'export';
/** Named where none is known. */
const DEFAULT_REGION = 'us-east-1';

/** Every problem at once, or the placement. Throws the signal's reason alone. */
export async function findPlacement(
  settings: AwsSettings,
  { aws, env, signal }: { aws: Pick<Aws, 'metadata'>; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<{ placement: Placement } | { problems: [Problem, ...Problem[]] }> {
  const { subnetIds, securityGroupIds, instanceTypes, market, address } = settings;
  const isComplete = settings.region && subnetIds.length > 0 && securityGroupIds.length > 0;
  const here = isComplete ? null : await aws.metadata(signal);
  const region = settings.region ?? here?.region ?? env.AWS_DEFAULT_REGION;
  // What this instance has is of no use in another region.
  const own = here?.region === region ? here : null;
  const subnets = subnetIds.length > 0 ? subnetIds : [own?.subnetId ?? []].flat();
  const groupIds = securityGroupIds.length > 0 ? securityGroupIds : (own?.groupIds ?? []);
  const imageId = imageOf(settings, region);
  const candidates = instanceTypes.flatMap((type) => subnets.map((subnetId) => ({ type, subnetId })));
  const [first, ...others] = candidates;
  const shown = region ?? DEFAULT_REGION;
  const problems = [
    ...(region === undefined ? [noRegion()] : []),
    ...(subnets.length === 0 ? [nowhere('subnet', listSubnets(shown), 'AWS_SUBNET_ID', own)] : []),
    ...(groupIds.length === 0
      ? [nowhere('security group', listGroups(shown), 'AWS_SECURITY_GROUP_ID', own)]
      : []),
    ...(typeof imageId === 'string' || region === undefined ? [] : [imageId]),
  ];
  const [problem, ...more] = problems;
  if (problem) return { problems: [problem, ...more] };
  if (region === undefined || typeof imageId !== 'string' || first === undefined)
    return { problems: [noRegion()] };
  return { placement: { region, imageId, candidates: [first, ...others], groupIds, market, address } };
}

/** The AMI, or why there is none. */
function imageOf({ ami, screen }: AwsSettings, region: string | undefined): string | Problem {
  if (ami !== undefined) return ami;
  const known = AMIS[region ?? ''];
  const [[source, sourceAmi] = ['us-east-1', '']] = Object.entries(AMIS);
  if (known === undefined) {
    return {
      code: 'E_AWS_SETTINGS',
      message: `there is no AMI of OSWorld's in ${region}; it has some in ${Object.keys(AMIS).join(', ')}`,
      fix: `${SET} AWS_REGION=${source}; or have a copy there: ${SET} ARPO_ENV_PROVIDERS_AWS_AMI=$(aws ec2 copy-image --name osworld --source-region ${source} --source-image-id ${sourceAmi} --region ${region} --query ImageId --output text)`,
    };
  }
  if (screen.width === 1920 && screen.height === 1080) return known;
  return {
    code: 'E_AWS_SETTINGS',
    message: `OSWorld's AMI has a screen of 1920×1080, and the config says ${screen.width}×${screen.height}`,
    fix: `${SET} SCREEN_WIDTH=1920 SCREEN_HEIGHT=1080, or name an AMI of that size in ARPO_ENV_PROVIDERS_AWS_AMI; those of your own: ${listImages(region ?? DEFAULT_REGION)}`,
  };
}

function noRegion(): Problem {
  return {
    code: 'E_AWS_SETTINGS',
    message: 'no AWS region is known: none is configured, and this machine is not an EC2 instance',
    fix: `${SET} AWS_REGION=${DEFAULT_REGION}`,
  };
}

function nowhere(what: string, list: string, variable: string, own: InstanceMetadata | null): Problem {
  const why = own === null ? 'this machine is not an EC2 instance there' : 'this instance names none';
  return {
    code: 'E_AWS_SETTINGS',
    message: `no ${what} is known for the desktops: none is configured, and ${why}`,
    fix: `see which there are: ${list}; then name one, or several with commas, in ${variable}`,
  };
}
