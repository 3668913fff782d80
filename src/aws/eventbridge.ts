/** The schedules through AWS's SDK. */
import type { CreateScheduleCommandInput } from '@aws-sdk/client-scheduler';
import { loadScheduler } from './client.js';
import { atExpression, type Schedules, scheduleName } from './schedules.js';

const TARGET = 'aws-sdk:ec2:terminateInstances';
/** By default it is tried for a day: an instance that was ended by hand meanwhile is not worth that. */
const RETRY = { MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 3600 };

/** `roleArn`: the role by which EventBridge Scheduler terminates instances. Credentials come from where AWS's own tools take them. */
export async function openSchedules(region: string, roleArn: string): Promise<Schedules> {
  const { sdk, client } = await loadScheduler(region, { maxAttempts: 3 });
  // `aws-cn` and `aws-us-gov` have ARNs of their own, and the role's says which.
  const partition = roleArn.split(':')[1] ?? 'aws';

  function inputOf(instanceId: string, at: Date): CreateScheduleCommandInput {
    return {
      Name: scheduleName(instanceId),
      Description: 'Ends a desktop of arpo-env that nobody prolongs any more',
      ScheduleExpression: atExpression(at),
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      State: 'ENABLED',
      Target: {
        Arn: `arn:${partition}:scheduler:::${TARGET}`,
        RoleArn: roleArn,
        Input: JSON.stringify({ InstanceIds: [instanceId] }),
        RetryPolicy: RETRY,
      },
    };
  }

  return {
    async set(instanceId, at, abortSignal) {
      // An update replaces every field, so both requests are the same (API reference, UpdateSchedule).
      const input = inputOf(instanceId, at);
      try {
        await client.send(new sdk.CreateScheduleCommand(input), { abortSignal });
      } catch (error) {
        if ((error as Error).name !== 'ConflictException') throw error;
        await client.send(new sdk.UpdateScheduleCommand(input), { abortSignal });
      }
    },
    async cancel(instanceId, abortSignal) {
      const command = new sdk.DeleteScheduleCommand({ Name: scheduleName(instanceId) });
      await client.send(command, { abortSignal }).catch((error: Error) => {
        if (error.name !== 'ResourceNotFoundException') throw error;
      });
    },
  };
}
