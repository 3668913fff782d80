/** Instances on the bill that nobody looks after. */
import { findTagged, type OwnInstance } from '../../aws/standing.js';
import { messageOf } from '../../lib/errno.js';
import { shellLine } from '../../shell-words.js';
import { type Check, type Finding, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';
import { CLOUD_LIMIT_MS } from './on-cloud.js';

const WHY = 'Each costs money until somebody ends it.';

export const awsForgottenChecks: readonly Check[] = [
  {
    id: 'aws.forgotten',
    link: 'cloud',
    limitMs: CLOUD_LIMIT_MS,
    title: 'no instance of ours is forgotten',
    needs: ['aws.credentials'],
    async run(context) {
      const regions = await regionsOf(context);
      if (regions.length === 0) return skip('no desktop on EC2 was ever launched from here');
      const looks = await Promise.all(regions.map((region) => look(context, region)));
      return looks.find(({ status }) => status === 'warn') ?? looks[0] ?? skip('no region');
    },
  },
];

/** Into which desktops were launched from here, and into which they would be. */
async function regionsOf({ own, looks }: CheckContext): Promise<string[]> {
  const [known, cloud] = await Promise.all([own.awsRegions(), looks.cloud()]);
  const configured = cloud.kind === 'facts' && cloud.facts.desktops !== null ? [cloud.facts.region] : [];
  return [...new Set([...configured, ...known])];
}

async function look({ aws, own, machine, signal }: CheckContext, region: string): Promise<Finding> {
  try {
    const fleet = await aws.openFleet(region);
    const standings = { self: await own.owner(), now: machine.now() };
    const tagged = await findTagged(fleet, standings, signal);
    const forgotten = tagged.filter(({ standing }) => standing.kind !== 'kept');
    const mine = forgotten.filter(({ isMine }) => isMine);
    // Those of others are theirs to end, as long as there are any of ours.
    const meant = mine.length > 0 ? mine : forgotten;
    if (meant.length === 0) return pass(`${tagged.length} run in ${region}, and each is looked after`);
    const ids = meant.map(({ instance }) => instance.id);
    const command = shellLine([
      ...['aws', 'ec2', 'terminate-instances', '--region', region, '--instance-ids', ...ids],
    ]);
    return warn({
      seen: `in ${region} run ${meant.map(describe).join(', ')}`,
      ...{ why: WHY, fix: command },
      ...(mine.length > 0 ? { safeFix: { command, apply: (until) => fleet.terminate(ids, until) } } : {}),
    });
  } catch (error) {
    signal.throwIfAborted();
    return warn({
      seen: `AWS does not say whether instances of ours run in ${region} (${messageOf(error)})`,
      why: 'Desktops were launched into it from here, and each costs money until somebody ends it.',
      fix: 'aws sts get-caller-identity',
    });
  }
}

function describe({ instance, owner, isMine, standing }: OwnInstance): string {
  const whose = isMine ? '' : ` of ${owner}`;
  const how =
    standing.kind === 'expired'
      ? `which nobody has prolonged since ${standing.since.toISOString().slice(0, 16)}Z`
      : 'whose server is dead';
  return `${instance.id}${whose} (${instance.type}), ${how}`;
}
