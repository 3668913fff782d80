import { expect, test } from 'vitest';
import { attachPolicy, desktopPolicy } from '../../src/aws/policy.js';
import { hourlyPrice } from '../../src/aws/prices.js';
import { atExpression, isRoleNotYetKnown } from '../../src/aws/schedules.js';

const ROLE = 'arn:aws:iam::123456789012:role/ends-desktops';

const statements = (schedulerRoleArn: string | undefined) =>
  (JSON.parse(desktopPolicy({ schedulerRoleArn })) as { Statement: object[] }).Statement;

test('with a scheduler role the policy may plan ends with it, and pass it to nothing else', () => {
  expect(statements(undefined)).toHaveLength(1);
  const [, schedules, pass] = statements(ROLE);
  expect(schedules).toMatchObject({
    Action: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
    Resource: 'arn:aws:scheduler:*:*:schedule/default/arpo-env-ttl-*',
  });
  expect(pass).toMatchObject({
    Action: ['iam:PassRole'],
    Resource: ROLE,
    Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
  });
});

test('a user gets it as a user, and where nobody is named it is shown', () => {
  const policy = desktopPolicy({ schedulerRoleArn: undefined });
  expect(attachPolicy('User: arn:aws:iam::123456789012:user/team/ann is not authorized', policy)).toMatch(
    /^aws iam put-user-policy --user-name ann --policy-name arpo-env --policy-document '\{"Version"/,
  );
  expect(attachPolicy('not authorized', policy)).toBe(`give its IAM role or user this policy: ${policy}`);
});

test('a price is known or said not to be', () => {
  expect(hourlyPrice('t3.xlarge', 'us-east-1')).toBe(0.1664);
  expect(hourlyPrice('t3.xlarge', 'ap-east-1')).toBeNull();
  expect(hourlyPrice('toString', 'us-east-1')).toBeNull();
});

test('times are as EventBridge Scheduler reads them', () => {
  expect(atExpression(new Date('2026-11-29T09:12:34.567Z'))).toBe('at(2026-11-29T09:12:34)');
});

test('only the refusal that passes by itself is one', () => {
  const error = (name: string, message: string) => Object.assign(new Error(message), { name });
  const words = 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.';
  expect(isRoleNotYetKnown(error('ValidationException', words))).toBe(true);
  expect(isRoleNotYetKnown(error('ValidationException', 'Invalid Schedule Expression'))).toBe(false);
  expect(isRoleNotYetKnown(error('AccessDeniedException', words))).toBe(false);
});
