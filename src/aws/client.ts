/** AWS's SDK, loaded only when AWS is asked: it is large, and few need it. */

/** Credentials come from where AWS's own tools take them; `AWS_ENDPOINT_URL` is honoured. */
export async function loadEc2(region: string, { maxAttempts }: { maxAttempts: number }) {
  silence();
  const sdk = await import('@aws-sdk/client-ec2');
  return { sdk, client: new sdk.EC2Client({ region, maxAttempts, requestHandler: LIMITS }) };
}

/** EventBridge Scheduler, likewise. */
export async function loadScheduler(region: string, { maxAttempts }: { maxAttempts: number }) {
  silence();
  const sdk = await import('@aws-sdk/client-scheduler');
  return { sdk, client: new sdk.SchedulerClient({ region, maxAttempts, requestHandler: LIMITS }) };
}

const LIMITS = { connectionTimeout: 3000, requestTimeout: 20_000 };

/** Its notice about Node versions to come is for developers, and would stand in the midst of the report. */
function silence(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}
