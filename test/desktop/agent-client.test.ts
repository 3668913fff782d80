import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { fixtureGuest, uploadedFile } from './setup/fixture-guest.js';

describe('AgentClient', () => {
  it('tells an answer that is an error from no answer', async () => {
    const guest = await fixtureGuest({
      '/setup/launch': () => ({ status: 500, json: { message: 'no such file' } }),
    });
    await expect(guest.agent.launch('gimp')).rejects.toMatchObject({
      code: 'E_AGENT_FAILED',
      message: `the guest agent at ${guest.url.origin} answered /setup/launch with 500: {"message":"no such file"}`,
    });
    await guest[Symbol.asyncDispose]();
    await expect(guest.agent.launch('gimp')).rejects.toMatchObject({
      code: 'E_AGENT_UNREACHABLE',
      message: expect.stringContaining(`${guest.url.origin} did not answer /setup/launch: `),
    });
  });

  it.each([502, 503, 504])('takes a gateway’s %i as no answer', async (status) => {
    await using guest = await fixtureGuest({ '/execute': () => ({ status, text: '<h1>gateway</h1>' }) });
    await expect(guest.agent.execute('true')).rejects.toMatchObject({ code: 'E_AGENT_UNREACHABLE' });
  });

  it('throws the reason of an abort', async () => {
    const controller = new AbortController();
    await using guest = await fixtureGuest({
      '/execute': () => {
        controller.abort(new Error('enough'));
        return {};
      },
    });
    await expect(guest.agent.execute('true', { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('never repeats a command, and returns what it left behind', async () => {
    const result = { output: 'out', error: 'err', returncode: 3 };
    await using guest = await fixtureGuest({
      '/execute': (_, count) =>
        count === 1 ? { status: 500, json: { message: 'no' } } : { json: { status: 'success', ...result } },
    });
    await expect(guest.agent.execute(['a', 'b'])).rejects.toMatchObject({ code: 'E_AGENT_FAILED' });
    expect(guest.requests).toHaveLength(1);
    expect(await guest.agent.execute(['a', 'b'], { shell: true })).toMatchObject(result);
    expect(guest.requests[1]?.body).toEqual({ command: ['a', 'b'], shell: true });
  });

  it('refuses an answer that is not what the route promises', async () => {
    await using guest = await fixtureGuest({
      '/execute': () => ({ text: '<p>hello</p>' }),
      '/screenshot': () => ({ text: 'GIF89a' }),
      '/window_size': () => ({ json: { width: 'wide' } }),
    });
    await expect(guest.agent.execute('a')).rejects.toMatchObject({
      code: 'E_AGENT_FAILED',
      message: expect.stringContaining('answered /execute with not JSON: hello'),
    });
    await expect(guest.agent.screenshot()).rejects.toMatchObject({
      code: 'E_AGENT_FAILED',
      message: expect.stringContaining('6 bytes that are neither PNG nor JPEG'),
    });
    await expect(guest.agent.windowSize('gimp')).rejects.toMatchObject({
      code: 'E_AGENT_FAILED',
      message: expect.stringContaining('answered /window_size with JSON of another shape: {"width":"wide"}'),
    });
  });

  it.each(['null', '[]', '{}', '"done"', '7', '{"output":1,"error":"","returncode":0}'])(
    'takes %s for no answer of a command',
    async (text) => {
      await using guest = await fixtureGuest({ '/execute': () => ({ text }) });
      await expect(guest.agent.execute('a')).rejects.toMatchObject({ code: 'E_AGENT_FAILED' });
    },
  );

  it('reads no more than a task can ask for', async () => {
    await using guest = await fixtureGuest({
      '/screenshot': () => ({ text: 'x'.repeat(33 * 1024 ** 2) }),
      '/execute': () => ({ text: 'x'.repeat(5 * 1024 ** 2) }),
      '/terminal': () => ({ text: 'x'.repeat(5 * 1024 ** 2) }),
    });
    const tooLarge = (megabytes: number) => ({
      code: 'E_AGENT_UNREACHABLE',
      message: expect.stringContaining(`its answer is larger than ${megabytes} MB`),
    });
    await expect(guest.agent.screenshot({ retries: 0 })).rejects.toMatchObject(tooLarge(16));
    await expect(guest.agent.execute('a')).rejects.toMatchObject(tooLarge(4));
    await expect(guest.agent.terminalOutput()).rejects.toMatchObject(tooLarge(4));
    const screen = { width: 3840, height: 2160 };
    await expect(guest.agent.screenshot({ retries: 0, screen })).rejects.toMatchObject(tooLarge(32));
  });

  it('makes short work of an error of half tags', async () => {
    await using guest = await fixtureGuest({
      '/execute': () => ({ status: 500, text: '<'.repeat(3 * 1024 ** 2) }),
      '/file': () => ({ status: 500, text: '<'.repeat(3 * 1024 ** 2) }),
    });
    const failed = { code: 'E_AGENT_FAILED', message: expect.stringMatching(/ with 500: <{300}…$/) };
    await expect(guest.agent.execute('a')).rejects.toMatchObject(failed);
    await expect(guest.agent.file('a')).rejects.toMatchObject(failed);
  });

  it('returns null for what is not there, and only for that', async () => {
    await using guest = await fixtureGuest({
      '/file': (_, count) => ({ status: count === 1 ? 404 : 500, json: { error: 'x' } }),
      '/window_size': () => ({ status: 500, text: 'x' }),
      '/list_directory': () => ({ status: 400, json: { error: 'x' } }),
    });
    expect(await guest.agent.file('/a')).toBeNull();
    await expect(guest.agent.file('/a')).rejects.toMatchObject({ code: 'E_AGENT_FAILED' });
    expect(await guest.agent.windowSize('gimp')).toBeNull();
    expect(await guest.agent.directoryTree('/a')).toBeNull();
  });

  it.each([0, 1, 3_000_000])('uploads %i bytes from memory and from a file', async (size) => {
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const data = randomBytes(size);
    await writeFile(join(folder.path, 'a'), data);
    await guest.agent.upload('/home/user/memory "1".bin', data);
    await guest.agent.uploadFile('/home/user/disk ü.bin', join(folder.path, 'a'));
    const [memory, disk] = await Promise.all(guest.requests.map(uploadedFile));
    expect(memory?.path).toBe('/home/user/memory "1".bin');
    expect(disk?.path).toBe('/home/user/disk ü.bin');
    expect(memory?.data.equals(data)).toBe(true);
    expect(disk?.data.equals(data)).toBe(true);
  });

  it('sends a verified command under OSWorld’s names', async () => {
    await using guest = await fixtureGuest();
    const verification = { command_success: 'pgrep code' };
    await guest.agent.executeWithVerification({
      command: 'code',
      shell: true,
      verification,
      maxWaitSeconds: 5,
      checkIntervalSeconds: 0.5,
    });
    expect(guest.requests[0]?.body).toEqual({
      command: 'code',
      shell: true,
      verification,
      max_wait_time: 5,
      check_interval: 0.5,
    });
  });

  it('resolves its routes against the URL it was given', async () => {
    await using guest = await fixtureGuest();
    await new AgentClient(new URL('/desktops/3/', guest.url)).openFile('/a');
    expect(guest.requests[0]?.path).toBe('/desktops/3/setup/open_file');
  });
});
