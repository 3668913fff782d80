/** The aws provider: one EC2 instance is one desktop, launched from OSWorld's AMI or one of your own (providers.md §4). */
import { randomUUID } from 'node:crypto';
import { type Aws, localAws } from '../../aws/aws.js';
import { awsError } from '../../aws/errors.js';
import type { Fleet } from '../../aws/fleet.js';
import { ownerTags } from '../../aws/owner.js';
import { desktopPolicy } from '../../aws/policy.js';
import { ArpoEnvError, type Problem, toArpoEnvError } from '../../errors.js';
import { Shared } from '../../lib/once.js';
import { sleep as realSleep, type Sleep } from '../../lib/wait.js';
import type { Desktop, DesktopProvider, StartOptions } from '../provider.js';
import { InstanceDesktop } from './desktop.js';
import { Launcher } from './launcher.js';
import type { Lifetime } from './lifetime.js';
import { openLifetime } from './open-lifetime.js';
import { type AwsSettings, findPlacement, type Placement } from './placement.js';
import { Terminator } from './terminator.js';
import { InstanceWatch } from './watch.js';

export interface AwsProviderOptions extends AwsSettings {
  /** Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
  onWarning?: (text: string) => void;
  /** For tests: AWS, what bounds how long an instance lives without us, and the clock. */
  aws?: Pick<Aws, 'openFleet' | 'metadata'>;
  openLifetime?: typeof openLifetime;
  sleep?: Sleep;
}

interface Cloud {
  placement: Placement;
  fleet: Fleet;
  lifetime: Lifetime;
  launcher: Launcher;
  terminator: Terminator;
  watch: InstanceWatch;
}

const LOOK_LIMIT_MS = 30_000;

export class AwsProvider implements DesktopProvider {
  readonly name = 'aws';
  readonly #options: AwsProviderOptions;
  readonly #aws: Pick<Aws, 'openFleet' | 'metadata'>;
  readonly #cloud: Shared<Cloud>;

  constructor(options: AwsProviderOptions) {
    this.#options = options;
    this.#aws = options.aws ?? localAws(options.env ?? process.env);
    this.#cloud = new Shared(() => this.#open());
  }

  /** Dry runs of what is done later: each permission, and whether image, subnet and groups are there. */
  async preflight(): Promise<Problem[]> {
    try {
      const found = await this.#findPlacement();
      if ('problems' in found) return found.problems;
      return await this.#tryAll(found.placement);
    } catch (error) {
      return [toArpoEnvError(error).toJSON()];
    }
  }

  /** Throws E_AWS and its kin, or the signal's reason; nothing is left on the bill then. */
  async start({ signal, onProgress }: StartOptions): Promise<Desktop> {
    signal.throwIfAborted();
    onProgress({ phase: 'asking EC2' });
    const cloud = await this.#cloud.get(signal);
    const { placement, fleet, lifetime, launcher, terminator, watch } = cloud;
    const instance = await launcher
      .launch(signal, (detail) => onProgress({ phase: 'launching an instance', detail }))
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw this.#error(error, 'launch a desktop', placement);
      });
    const { id } = instance;
    lifetime.hold(id);
    const watched = watch.watch(instance);
    const end = async () => {
      await terminator.terminate(id).catch((error: unknown) => {
        lifetime.letExpire(id);
        throw this.#error(error, `terminate ${id}`, placement);
      });
      await lifetime.release(id);
    };
    try {
      onProgress({ phase: 'instance is pending', detail: id });
      const addressOf = placement.address === 'public' ? 'publicIp' : 'privateIp';
      signal.throwIfAborted();
      const seen = await watched.until((now) => now[addressOf] !== null, signal);
      return new InstanceDesktop({ fleet, watched, address: String(seen[addressOf]), end });
    } catch (error) {
      await end().catch((failure: unknown) => this.#options.onWarning?.(toArpoEnvError(failure).message));
      watched[Symbol.dispose]();
      throw error;
    }
  }

  async #open(): Promise<Cloud> {
    const found = await this.#findPlacement();
    if ('problems' in found) throw new ArpoEnvError(found.problems[0]);
    const { placement } = found;
    const { sleep = realSleep, onWarning = () => {} } = this.#options;
    const fleet = await this.#aws.openFleet(placement.region);
    const lifetime = await (this.#options.openLifetime ?? openLifetime)(fleet, this.#options);
    const terminator = new Terminator({ fleet, sleep });
    const launcher = new Launcher({
      ...{ fleet, placement, onWarning, sleep },
      tags: async () => ({ ...(await ownerTags()), ...(await lifetime.tags()) }),
      terminate: (id) => terminator.terminate(id),
    });
    const watch = new InstanceWatch({ fleet, onWarning, sleep });
    return { placement, fleet, lifetime, launcher, terminator, watch };
  }

  #findPlacement(): ReturnType<typeof findPlacement> {
    const { env = process.env } = this.#options;
    return findPlacement(this.#options, {
      ...{ aws: this.#aws, env },
      signal: AbortSignal.timeout(LOOK_LIMIT_MS),
    });
  }

  async #tryAll(placement: Placement): Promise<Problem[]> {
    const fleet = await this.#aws.openFleet(placement.region);
    const tags = await ownerTags();
    const signal = AbortSignal.timeout(LOOK_LIMIT_MS);
    const [first] = placement.candidates;
    const request = {
      ...{ clientToken: randomUUID(), count: 1, ...first, market: placement.market, tags },
      ...{ imageId: placement.imageId, groupIds: placement.groupIds },
      publicAddress: placement.address === 'public',
    };
    const tries: readonly (readonly [string, Promise<unknown>])[] = [
      ['launch a desktop', fleet.tryLaunch(request, signal)],
      ['terminate a desktop', fleet.tryTerminate(signal)],
      ['look at the desktops', fleet.find({ tags }, signal)],
    ];
    const problems = await Promise.all(
      tries.map(([doing, outcome]) =>
        outcome.then(
          () => [],
          (error: unknown) => [this.#error(error, doing, placement).toJSON()],
        ),
      ),
    );
    return distinct(problems.flat());
  }

  #error(error: unknown, doing: string, { region, market }: Placement): ArpoEnvError {
    const policy = desktopPolicy({ schedulerRoleArn: this.#options.schedulerRoleArn });
    return awsError(error, { doing, region, market, policy });
  }
}

/** Without credentials, or offline, each try says the same. */
function distinct(problems: readonly Problem[]): Problem[] {
  return problems.filter(
    ({ code, fix }, index) =>
      problems.findIndex((other) => other.code === code && other.fix === fix) === index,
  );
}
