/** EC2 with the instances that were launched in it. Faults are errors named as EC2 names its own. */
import type {
  Fleet,
  FleetInstance,
  InstanceFilter,
  InstanceState,
  LaunchRequest,
  StatusChecks,
  Tags,
} from '../../src/aws/fleet.js';
import { LIVE_STATES } from '../../src/aws/fleet.js';

export class FakeFleet implements Fleet {
  readonly region = 'us-east-1';
  instances: FleetInstance[] = [];
  /** Every call by its name, in order. */
  readonly calls: string[] = [];
  readonly launches: LaunchRequest[] = [];
  console = 'Linux version 6.8\nStarted arpo guest agent';
  checks: StatusChecks | null = { system: 'ok', instance: 'ok' };
  /** Addresses are given when an instance is first described, as with EC2; a test may have others. */
  address: (index: number) => string = (index) => `10.0.0.${index + 10}`;
  /** Called before each call; what it throws is EC2's answer. */
  fault: (call: string, request?: LaunchRequest) => Error | null | Promise<Error | null> = () => null;
  /** Called after a launch was carried out; what it throws is an answer that was lost. */
  lostAnswer: (request: LaunchRequest) => Error | null | Promise<Error | null> = () => null;
  /** How many instances there are for a request. */
  capacity: (request: LaunchRequest) => number = ({ count }) => count;
  readonly #tokens = new Map<string, string[]>();

  async launch(request: LaunchRequest, signal: AbortSignal): Promise<FleetInstance[]> {
    await this.#enter('launch', signal, request);
    this.launches.push(request);
    const known = this.#tokens.get(request.clientToken);
    if (known === undefined) {
      const count = Math.min(request.count, this.capacity(request));
      if (count < 1) throw ec2Error('InsufficientInstanceCapacity');
      const made = Array.from({ length: count }, () => this.#make(request));
      this.#tokens.set(
        request.clientToken,
        made.map(({ id }) => id),
      );
    }
    const lost = await this.lostAnswer(request);
    if (lost) throw lost;
    signal.throwIfAborted();
    const ids = this.#tokens.get(request.clientToken) ?? [];
    return this.instances.filter(({ id }) => ids.includes(id));
  }

  async tryLaunch(request: LaunchRequest, signal: AbortSignal): Promise<void> {
    await this.#enter('tryLaunch', signal, request);
  }
  async tryTerminate(signal: AbortSignal): Promise<void> {
    await this.#enter('tryTerminate', signal);
  }
  async terminate(ids: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#enter('terminate', signal);
    for (const id of ids) this.end(id, 'Client.UserInitiatedShutdown: User initiated shutdown');
  }
  async find(filter: InstanceFilter, signal: AbortSignal): Promise<FleetInstance[]> {
    await this.#enter('find', signal);
    const found = this.instances.filter((instance) => this.#fits(instance, filter));
    return found.map((instance) => ({ ...instance, tags: { ...instance.tags } }));
  }
  async setTags(ids: readonly string[], tags: Tags, signal: AbortSignal): Promise<void> {
    await this.#enter('setTags', signal);
    for (const id of ids) Object.assign(this.#get(id), { tags: { ...this.#get(id).tags, ...tags } });
  }
  async consoleOutput(_id: string, signal: AbortSignal): Promise<string> {
    await this.#enter('consoleOutput', signal);
    return this.console;
  }
  async statusChecks(_id: string, signal: AbortSignal): Promise<StatusChecks | null> {
    await this.#enter('statusChecks', signal);
    return this.checks;
  }

  /** As somebody else, the guest or EC2 itself ends it. */
  end(id: string, reason: string, state: InstanceState = 'terminated'): void {
    for (const instance of this.instances)
      if (instance.id === id) Object.assign(instance, { state, stateReason: reason });
  }

  /** Those on the bill. */
  get live(): FleetInstance[] {
    return this.instances.filter(({ state }) => LIVE_STATES.includes(state));
  }

  async #enter(call: string, signal: AbortSignal, request?: LaunchRequest): Promise<void> {
    signal.throwIfAborted();
    this.calls.push(call);
    const error = await this.fault(call, request);
    if (error) throw error;
  }

  #make(request: LaunchRequest): FleetInstance {
    const index = this.instances.length;
    const instance: FleetInstance = {
      id: `i-${(index + 1).toString(16).padStart(17, '0')}`,
      ...{ state: 'running', stateReason: null, type: request.type, zone: 'us-east-1a' },
      ...{ subnetId: request.subnetId, market: request.market, launchedAt: new Date() },
      privateIp: this.address(index),
      publicIp: request.publicAddress ? '203.0.113.9' : null,
      tags: { ...request.tags },
    };
    this.instances.push(instance);
    return instance;
  }

  #get(id: string): FleetInstance {
    const found = this.instances.find((instance) => instance.id === id);
    if (!found) throw ec2Error('InvalidInstanceID.NotFound');
    return found;
  }

  #fits(instance: FleetInstance, { ids, tags = {}, clientToken, states }: InstanceFilter): boolean {
    if (ids && !ids.includes(instance.id)) return false;
    if (states && !states.includes(instance.state)) return false;
    if (clientToken !== undefined && !this.#tokens.get(clientToken)?.includes(instance.id)) return false;
    return Object.entries(tags).every(([key, value]) =>
      value === null ? key in instance.tags : instance.tags[key] === value,
    );
  }
}

export function ec2Error(name: string, message = `${name} happened`): Error {
  return Object.assign(new Error(message), { name });
}
