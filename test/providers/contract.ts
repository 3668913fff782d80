/** What every provider keeps, whatever its desktops are: run by each provider's own test over the real thing. */
import { describe, expect, test } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import type { BootProgress, Desktop, DesktopProvider, StartOptions } from '../../src/providers/provider.js';

export interface ContractOptions<Started extends Desktop> {
  provider(): Omit<DesktopProvider, 'start'> & { start(options: StartOptions): Promise<Started> };
  /** Resolves when the desktop answers. */
  ready(desktop: Started): Promise<unknown>;
  /** Makes the guest crash, as a power cut would. */
  crash(desktop: Started): Promise<void>;
  /** What is still there of desktops that were stopped: names of containers, processes, open ports. */
  leftovers(): Promise<string[]>;
  /** A file of a desktop that no other desktop sees. Default: one in /tmp. */
  ownFile?: string;
  /** Its guests' clocks cannot be stopped: pausing does nothing. */
  cannotPause?: boolean;
  /** Milliseconds for one test. */
  timeoutMs: number;
}

export function describeProviderContract<Started extends Desktop>(
  name: string,
  options: ContractOptions<Started>,
): void {
  const { ready, crash, leftovers, ownFile = '/tmp/contract-mark', cannotPause = false, timeoutMs } = options;

  async function started(onProgress: (progress: BootProgress) => void = () => {}): Promise<Started> {
    return options.provider().start({ signal: new AbortController().signal, onProgress });
  }

  describe(`provider contract: ${name}`, { timeout: timeoutMs }, () => {
    test('can work here', async () => {
      expect(await options.provider().preflight()).toEqual([]);
    });

    test('starts a desktop whose agent and CDP answers, and says what it is doing', async () => {
      const phases: string[] = [];
      await using desktop = await started(({ phase }) => phases.push(phase));
      await ready(desktop);
      expect(phases.length).toBeGreaterThan(0);
      const agent = new AgentClient(desktop.endpoints.agent);
      expect((await agent.screenshot()).length).toBeGreaterThan(1000);
      expect(await agent.platform()).toBe('Linux');
      const version = await fetch(new URL('json/version', desktop.endpoints.cdp));
      expect(await version.json()).toMatchObject({
        Browser: expect.any(String),
        webSocketDebuggerUrl: expect.any(String),
      });
      expect((await fetch(String(desktop.endpoints.watch))).status).toBe(200);
    });

    test('starts two at once that know nothing of each other', async () => {
      const both = await Promise.all([started(), started()]);
      await using first = both[0];
      await using second = both[1];
      await Promise.all([ready(first), ready(second)]);
      expect(first.id).not.toBe(second.id);
      await new AgentClient(first.endpoints.agent).upload(ownFile, Buffer.from('first'));
      expect(await new AgentClient(second.endpoints.agent).file(ownFile)).toBeNull();
    });

    test('a start that is cancelled before or in its middle leaves nothing', async () => {
      const before = await leftovers();
      const reason = new Error('cancelled by the test');
      const never = options.provider().start({ signal: AbortSignal.abort(reason), onProgress: () => {} });
      await expect(never).rejects.toBe(reason);

      const cancel = new AbortController();
      const middle = options
        .provider()
        .start({ signal: cancel.signal, onProgress: () => cancel.abort(reason) });
      await expect(middle).rejects.toBe(reason);
      expect(await leftovers()).toEqual(before);
    });

    test('a paused desktop answers when it is resumed, and not before', async () => {
      await using paused = await started();
      await using clock = await started();
      await Promise.all([ready(paused), ready(clock)]);
      await paused.pause();
      await paused.pause();
      let answered = false;
      const size = new AgentClient(paused.endpoints.agent).screenSize().then((value) => {
        answered = true;
        return value;
      });
      // Another desktop does the same ten times meanwhile: that is time enough.
      for (let count = 0; count < 10; count += 1) await new AgentClient(clock.endpoints.agent).screenSize();
      if (cannotPause) await size;
      expect(answered).toBe(cannotPause);
      await paused.resume();
      await paused.resume();
      expect(await size).toMatchObject({ width: expect.any(Number), height: expect.any(Number) });
    });

    test('restore takes back what was done, or asks for another desktop', async () => {
      await using desktop = await started();
      await ready(desktop);
      const agent = new AgentClient(desktop.endpoints.agent);
      await agent.upload(ownFile, Buffer.from('x'));
      const outcome = await desktop.restore({ signal: new AbortController().signal });
      if (outcome === 'replaced') return;
      await ready(desktop);
      expect(await new AgentClient(desktop.endpoints.agent).file(ownFile)).toBeNull();
    });

    test('a paused desktop that is restored runs again', async () => {
      await using desktop = await started();
      await ready(desktop);
      await desktop.pause();
      const outcome = await desktop.restore({ signal: new AbortController().signal });
      if (outcome === 'replaced') return;
      await ready(desktop);
      expect((await new AgentClient(desktop.endpoints.agent).screenshot()).length).toBeGreaterThan(1000);
    });

    test('logs are the last lines, no more than asked for', async () => {
      await using desktop = await started();
      await ready(desktop);
      for (let count = 0; count < 5; count += 1) await new AgentClient(desktop.endpoints.agent).platform();
      expect(await desktop.logs(0)).toBe('');
      const lines = (await desktop.logs(3)).trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(3);
      expect(lines[0]).not.toBe('');
    });

    test('stopping twice is stopping once, also while it is paused', async () => {
      const before = await leftovers();
      const desktop = await started();
      await ready(desktop);
      await desktop.pause();
      await Promise.all([desktop[Symbol.asyncDispose](), desktop[Symbol.asyncDispose]()]);
      await desktop[Symbol.asyncDispose]();
      await expect(new AgentClient(desktop.endpoints.agent).screenSize()).rejects.toMatchObject({
        code: 'E_AGENT_UNREACHABLE',
      });
      expect(await leftovers()).toEqual(before);
    });

    test('a guest that crashes cannot be reached, still has its log, and can be stopped', async () => {
      const before = await leftovers();
      const desktop = await started();
      await ready(desktop);
      await crash(desktop);
      await expect(new AgentClient(desktop.endpoints.agent).screenSize()).rejects.toMatchObject({
        code: 'E_AGENT_UNREACHABLE',
      });
      expect(await desktop.logs(20)).not.toBe('');
      await desktop[Symbol.asyncDispose]();
      expect(await leftovers()).toEqual(before);
    });
  });
}
