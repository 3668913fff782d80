/** Looks at all our instances with one request, again and again as long as there are any, and says what became of each. */
import type { Fleet, FleetInstance } from '../../aws/fleet.js';
import { ArpoEnvError } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { deferred, type Sleep, settle } from '../../lib/wait.js';
import { jittered } from './pace.js';

export interface Watched extends Disposable {
  /** As it was last seen. */
  readonly seen: FleetInstance;
  /** Aborts when it ended, with an ArpoEnvError that says why. */
  readonly gone: AbortSignal;
  /** When it has become so. Throws why it ended, or the signal's reason. */
  until(isSo: (instance: FleetInstance) => boolean, signal: AbortSignal): Promise<FleetInstance>;
}

const POLL_MS = 5000;
const LONGEST_PAUSE_MS = 60_000;
const REQUEST_LIMIT_MS = 30_000;
/** So often in a row may EC2 not list one: new ones come late, and what ended long ago is forgotten. */
const UNLISTED_LIMIT = 12;
/** Failed looks in a row after which somebody should know. */
const FAILURES_BEFORE_WARNING = 5;

interface Entry {
  seen: FleetInstance;
  unlisted: number;
  gone: AbortController;
  onSeen: Set<() => void>;
}

export interface InstanceWatchOptions {
  fleet: Pick<Fleet, 'find' | 'region'>;
  onWarning: (text: string) => void;
  sleep: Sleep;
}

export class InstanceWatch {
  readonly #options: InstanceWatchOptions;
  readonly #entries = new Map<string, Entry>();
  #stop = new AbortController();

  constructor(options: InstanceWatchOptions) {
    this.#options = options;
  }

  /** Until it is disposed; `instance` is what its launch said. */
  watch(instance: FleetInstance): Watched {
    const entry: Entry = { seen: instance, unlisted: 0, gone: new AbortController(), onSeen: new Set() };
    this.#entries.set(instance.id, entry);
    if (this.#entries.size === 1) {
      this.#stop = new AbortController();
      void this.#poll(this.#stop.signal);
    }
    return {
      get seen() {
        return entry.seen;
      },
      gone: entry.gone.signal,
      until: (isSo, signal) => untilSeen(entry, isSo, signal),
      [Symbol.dispose]: () => {
        this.#entries.delete(instance.id);
        if (this.#entries.size === 0) this.#stop.abort();
      },
    };
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { fleet, onWarning, sleep } = this.#options;
    const pause = jittered(LONGEST_PAUSE_MS);
    for (let failures = 0; !signal.aborted; ) {
      await sleep(failures === 0 ? POLL_MS : POLL_MS + pause(failures), signal).catch(() => undefined);
      if (signal.aborted) return;
      const asked = [...this.#entries.keys()];
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_LIMIT_MS)]);
        const found = await fleet.find({ ids: asked }, limit);
        failures = 0;
        this.#compare(asked, new Map(found.map((instance) => [instance.id, instance])));
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (failures === FAILURES_BEFORE_WARNING)
          onWarning(
            `EC2 does not say whether the desktops still run, it is asked again: ${messageOf(error)}`,
          );
      }
    }
  }

  #compare(asked: readonly string[], found: ReadonlyMap<string, FleetInstance>): void {
    for (const id of asked) {
      const entry = this.#entries.get(id);
      if (!entry || entry.gone.signal.aborted) continue;
      const instance = found.get(id);
      if (instance) {
        entry.seen = instance;
        entry.unlisted = 0;
        if (!/^(pending|running)$/.test(instance.state))
          entry.gone.abort(ended(instance, this.#options.fleet.region));
      } else {
        entry.unlisted += 1;
        if (entry.unlisted >= UNLISTED_LIMIT)
          entry.gone.abort(
            ended(
              { ...entry.seen, state: 'terminated', stateReason: 'EC2 does not know it any more' },
              this.#options.fleet.region,
            ),
          );
      }
      for (const wake of entry.onSeen) wake();
    }
  }
}

async function untilSeen(
  entry: Entry,
  isSo: (instance: FleetInstance) => boolean,
  signal: AbortSignal,
): Promise<FleetInstance> {
  const { gone, onSeen } = entry;
  while (!isSo(entry.seen)) {
    const look = deferred<void>();
    onSeen.add(look.resolve);
    try {
      await settle<void>({ signals: [signal, gone.signal] }, (resolve, reject) => {
        look.promise.then(resolve, reject);
      });
    } finally {
      onSeen.delete(look.resolve);
    }
  }
  return entry.seen;
}

/** By the code of its reason (EC2 API reference, StateReason). */
const ENDS: readonly (readonly [RegExp, string, string])[] = [
  [
    /SpotInstance|no-capacity/,
    'EC2 took the spot instance back',
    'reset the env: it gets another one; on-demand instances are not taken back: export ARPO_ENV_PROVIDERS_AWS_MARKET=on-demand',
  ],
  [
    /Client\.InternalError/,
    'EC2 could not encrypt its disk',
    'the account must be allowed to use its default EBS key: aws ec2 get-ebs-default-kms-key-id, and the key policy of that',
  ],
  [
    /VolumeLimitExceeded/,
    "the account's quota of EBS volumes is used up",
    'delete volumes that nobody uses: aws ec2 describe-volumes --filters Name=status,Values=available',
  ],
  [
    /Client\.(Instance|User)InitiatedShutdown/,
    'somebody shut it down or terminated it',
    'reset the env: it gets another one; who it was is in CloudTrail, events TerminateInstances and StopInstances',
  ],
  [/Server\./, 'EC2 ended it', 'reset the env: it gets another one'],
];

function ended({ id, state, stateReason, type, zone }: FleetInstance, region: string): ArpoEnvError {
  const found = ENDS.find(([pattern]) => pattern.test(stateReason ?? ''));
  const how = found?.[1] ?? 'it ended';
  return new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `instance ${id} (${type} in ${zone ?? region}) is ${state}: ${how}${stateReason ? ` (${stateReason})` : ''}`,
    fix:
      found?.[2] ??
      `aws ec2 describe-instances --region ${region} --instance-ids ${id} --query 'Reservations[].Instances[].StateReason'`,
  });
}
