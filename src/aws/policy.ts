/** The permissions that desktops on EC2 need, as the JSON that IAM takes. */
import { shellLine } from '../shell-words.js';

interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: readonly string[];
  Resource: string;
  Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What the provider does and asks. */
const DESKTOPS = [
  'ec2:RunInstances',
  'ec2:CreateTags',
  'ec2:TerminateInstances',
  'ec2:DescribeInstances',
  'ec2:DescribeInstanceStatus',
  'ec2:GetConsoleOutput',
  'ec2:DescribeImages',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
] as const;

/** What only the doctor asks. */
const DOCTOR = ['ec2:DescribeNetworkAcls', 'ec2:DescribeRouteTables', 'ec2:GetManagedPrefixListEntries'];

const SCHEDULES = ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'];

export interface PolicyOptions {
  /** The role by which EventBridge Scheduler ends instances; undefined where there is none. */
  schedulerRoleArn: string | undefined;
}

/** On one line. */
export function desktopPolicy({ schedulerRoleArn }: PolicyOptions): string {
  const allow = { Effect: 'Allow' } as const;
  const statements: Statement[] = [
    { Sid: 'ArpoEnvDesktops', ...allow, Action: [...DESKTOPS, ...DOCTOR], Resource: '*' },
  ];
  if (schedulerRoleArn !== undefined) {
    const partition = schedulerRoleArn.split(':')[1] ?? 'aws';
    statements.push(
      {
        Sid: 'ArpoEnvSchedules',
        ...allow,
        Action: SCHEDULES,
        Resource: `arn:${partition}:scheduler:*:*:schedule/default/arpo-env-ttl-*`,
      },
      {
        Sid: 'ArpoEnvSchedulerRole',
        ...allow,
        Action: ['iam:PassRole'],
        Resource: schedulerRoleArn,
        Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      },
    );
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/**
 * The command that gives the policy to whoever AWS says was refused, else the policy and who needs it. `words`: AWS's own, in
 * which a role is `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION` and a user `arn:aws:iam::123456789012:user/NAME`.
 */
export function attachPolicy(words: string, policy: string): string {
  const role = /:assumed-role\/([\w+=,.@-]+)\//.exec(words)?.[1];
  const user = /:user\/(?:[^\s/]+\/)*([\w+=,.@-]+)/.exec(words)?.[1];
  const document = ['--policy-name', 'arpo-env', '--policy-document', policy];
  if (role !== undefined)
    return shellLine(['aws', 'iam', 'put-role-policy', '--role-name', role, ...document]);
  if (user !== undefined)
    return shellLine(['aws', 'iam', 'put-user-policy', '--user-name', user, ...document]);
  return `give its IAM role or user this policy: ${policy}`;
}
