/** EC2's errors in our words: what kind each is, and what fixes it. Names are those of the EC2 API reference, "Error codes". */
import { ArpoEnvError, type Problem } from '../errors.js';
import { errno, messageOf } from '../lib/errno.js';
import { attachPolicy } from './policy.js';

export type AwsFailure =
  | 'no-credentials'
  | 'bad-credentials'
  | 'denied'
  /** Too many requests of this account in this region. */
  | 'throttled'
  /** Another type, zone or market may have one. */
  | 'capacity'
  | 'quota'
  /** Something that we named is not there, or is not what it should be. */
  | 'settings'
  /** No answer: what was asked may have been done. */
  | 'unreachable'
  | 'failed';

const KINDS: readonly (readonly [RegExp, AwsFailure])[] = [
  [/^CredentialsProviderError$/, 'no-credentials'],
  [
    /^(AuthFailure|InvalidClientTokenId|ExpiredToken|RequestExpired|SignatureDoesNotMatch|UnrecognizedClientException)/,
    'bad-credentials',
  ],
  [/^(UnauthorizedOperation|AccessDenied)/, 'denied'],
  [/^(RequestLimitExceeded|Throttl|RequestThrottled|TooManyRequests|EC2ThrottledException)/, 'throttled'],
  [
    /^(Insufficient\w*Capacity|InsufficientFreeAddressesInSubnet|SpotMaxPriceTooLow|Unsupported$)/,
    'capacity',
  ],
  [
    /^(VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded|VolumeLimitExceeded|MaxIOPSLimitExceeded)/,
    'quota',
  ],
  [/^(Invalid|OptInRequired|UnsupportedOperation|MissingParameter|BlockedAMI|Blocked)/, 'settings'],
  [/^(TimeoutError|AbortError)$/, 'unreachable'],
];

export function failureOf(error: unknown): AwsFailure {
  const name = error instanceof Error ? error.name : '';
  const found = KINDS.find(([pattern]) => pattern.test(name));
  if (found) return found[1];
  return errno(error) === undefined ? 'failed' : 'unreachable';
}

export interface AwsErrorContext {
  /** What was being done, e.g. `launch desktops`. */
  doing: string;
  region: string;
  /** What was asked for, where that matters for the fix. */
  market?: 'on-demand' | 'spot';
  /** IAM policy as one line of JSON that allows all that we do. */
  policy: string;
}

/** Ours for EC2's or the SDK's; one that is ours already stays. */
export function awsError(error: unknown, context: AwsErrorContext): ArpoEnvError {
  if (error instanceof ArpoEnvError) return error;
  return new ArpoEnvError(problemOf(error, context), { cause: error });
}

function problemOf(error: unknown, context: AwsErrorContext): Problem {
  const { doing, region, market = 'on-demand', policy } = context;
  const name = error instanceof Error ? error.name : 'Error';
  const words = messageOf(error).split('\n')[0] ?? '';
  const message = (why: string) => `could not ${doing} in ${region}: ${why} (${name}: ${words})`;
  switch (failureOf(error)) {
    case 'no-credentials':
      return {
        code: 'E_AWS_CREDENTIALS',
        message: message('there are no AWS credentials here'),
        fix: 'attach an IAM role to this instance; or run aws configure; or, with several accounts, export AWS_PROFILE',
      };
    case 'bad-credentials':
      return {
        code: 'E_AWS_CREDENTIALS',
        message: message('AWS refuses the credentials'),
        fix: /Expired/.test(name)
          ? 'aws sso login, or take new credentials; is the clock of this machine right?'
          : 'see whose they are: aws sts get-caller-identity; then aws configure',
      };
    case 'denied':
      return {
        code: 'E_AWS_PERMISSION',
        message: message(`not allowed${deniedAction(words)}`),
        fix: attachPolicy(words, policy),
      };
    case 'throttled':
      return {
        code: 'E_AWS_THROTTLED',
        message: message('AWS takes no more requests of this account for now'),
        fix: 'see what else in the account asks EC2 so often; it was tried again with growing pauses, so reset again in some minutes or start with fewer --envs',
      };
    case 'capacity':
      return {
        code: 'E_AWS_CAPACITY',
        message: message('there is no such instance to be had'),
        fix: `allow more types, and subnets of other zones, to be tried in order: export ARPO_ENV_PROVIDERS_AWS_INSTANCE_TYPES=t3.xlarge,t3a.xlarge,m5.xlarge${market === 'spot' ? '; or leave the spot market: export ARPO_ENV_PROVIDERS_AWS_MARKET=on-demand' : ''}`,
      };
    case 'quota':
      return {
        code: 'E_AWS_QUOTA',
        message: message("the account's quota is used up"),
        fix: raise(name, context),
      };
    case 'settings':
      return {
        code: 'E_AWS_SETTINGS',
        message: message('EC2 does not take what it is asked for'),
        fix: correct(name, region),
      };
    case 'unreachable':
      return {
        code: 'E_AWS',
        message: message('EC2 does not answer'),
        fix: `does this answer? curl -sS https://ec2.${region}.amazonaws.com/ping; is the region spelled right (AWS_REGION)?`,
      };
    case 'failed':
      return {
        code: 'E_AWS',
        message: message('EC2 failed'),
        fix: `see https://health.aws.amazon.com/ for ${region}, and reset again`,
      };
  }
}

/** `: ec2:RunInstances`, where AWS says which. */
function deniedAction(words: string): string {
  const [action] = /\b[a-z0-9]+:[A-Z]\w+/.exec(words.replace(/arn:\S+/g, '')) ?? [];
  return action === undefined ? '' : `: ${action}`;
}

function raise(name: string, { region, market = 'on-demand' }: AwsErrorContext): string {
  const ask = (service: string, code: string, value: number) =>
    `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${value}`;
  const fewer = 'start with fewer --envs and --standby, or ask for more';
  if (/^(Volume|MaxIOPS)/.test(name)) return `${fewer}: ${ask('ebs', 'L-7A658B76', 100)}`;
  // vCPUs of the standard families, on demand and spot (Service Quotas, Amazon EC2).
  return `${fewer}: ${ask('ec2', market === 'spot' ? 'L-34B43A08' : 'L-1216C47A', 128)}`;
}

/** Commands that show what a setting may name. */
export function listImages(region: string): string {
  return `aws ec2 describe-images --owners self --region ${region} --query 'Images[].[ImageId,Name]' --output text`;
}

export function listSubnets(region: string): string {
  return `aws ec2 describe-subnets --region ${region} --query 'Subnets[].[SubnetId,VpcId,AvailabilityZone]' --output text`;
}

export function listGroups(region: string): string {
  return `aws ec2 describe-security-groups --region ${region} --query 'SecurityGroups[].[GroupId,VpcId,GroupName]' --output text`;
}

const CORRECTIONS: readonly (readonly [RegExp, (region: string) => string])[] = [
  [
    /^InvalidAMI/,
    (region) =>
      `name an AMI of ${region} that this account may use in ARPO_ENV_PROVIDERS_AWS_AMI; those of your own: ${listImages(region)}`,
  ],
  [/^InvalidSubnet/, (region) => `correct AWS_SUBNET_ID; what there is: ${listSubnets(region)}`],
  [
    /^Invalid(Security)?Group/,
    (region) => `correct AWS_SECURITY_GROUP_ID; what there is: ${listGroups(region)}`,
  ],
  [
    /^OptInRequired/,
    (region) =>
      `enable the region, and subscribe to what it names: aws account enable-region --region-name ${region}`,
  ],
];

function correct(name: string, region: string): string {
  const found = CORRECTIONS.find(([pattern]) => pattern.test(name));
  return (
    found?.[1](region) ??
    'correct providers.aws: subnet and security group must be of one VPC, and the instance type must fit the AMI; arpo-env doctor --only cloud looks at each'
  );
}
