import { describe, expect, it } from 'vitest';
import { asRoot, asUser, type Command } from '../../src/setup/command.js';
import { runCommand } from '../../src/setup/run-command.js';
import type { Step } from '../../src/setup/step.js';
import { FakeMachine } from './fake-machine.js';

const step: Step = {
  id: 'step',
  title: 'A step',
  needs: [],
  inspect: async () => ({ state: 'done', note: '' }),
  plan: async () => [],
};

async function carriedOut(machine: FakeMachine, command: Command, by: Step = step): Promise<string[]> {
  const lines: string[] = [];
  await runCommand(command, by, machine.context, {
    line: (text) => lines.push(text),
    progress: ({ text }) => lines.push(text),
  });
  return lines;
}

describe('conditions', () => {
  it.each<[string, Command['onlyIf'], number]>([
    ['exists, and it does', { exists: ['/no', '/there'] }, 1],
    ['exists, and it does not', { exists: ['/no'] }, 0],
    ['missing, and it is', { missing: '/no' }, 1],
    ['missing, and it is not', { missing: '/there' }, 0],
  ])('%s', async (_title, onlyIf, times) => {
    const machine = new FakeMachine();
    machine.files['/there'] = '';
    await carriedOut(machine, asUser(['go'], { ...(onlyIf ? { onlyIf } : {}) }));
    expect(machine.ran).toHaveLength(times);
  });
});

describe('what a person sees', () => {
  it('is the command line and its output, without passwords', async () => {
    const machine = new FakeMachine();
    const lines = await carriedOut(machine, asRoot(['curl', 'https://me:s3cret@files.example/a b']));
    expect(lines).toEqual(["$ sudo curl 'https://(hidden)@files.example/a b'", 'output of curl']);
  });
});

describe('progress', () => {
  it('is read from the lines that say it, again at each attempt', async () => {
    const machine = new FakeMachine();
    let made = 0;
    const command = asUser(['go'], {
      progress: () => {
        made += 1;
        return (line) => (line === 'output of go' ? { fraction: 0.5, text: 'half' } : null);
      },
    });
    expect(await carriedOut(machine, command)).toEqual(['$ go', 'half']);
    expect(made).toBe(1);
  });
});

describe("apt's lock", () => {
  it('is waited for, and its holder named once', async () => {
    const machine = new FakeMachine();
    machine.lockHolders = [{ pid: 7, name: 'unattended-upgr' }, null];
    const lines = await carriedOut(machine, asRoot(['apt-get', 'update'], { lock: 'apt' }));
    expect(lines).toEqual([
      'waiting for apt, which pid 7 (unattended-upgr) has locked',
      '$ sudo apt-get update',
      'output of apt-get',
    ]);
  });

  it('is not waited for any longer than the run lasts', async () => {
    const controller = new AbortController();
    const machine = new FakeMachine({ signal: controller.signal });
    machine.lockHolders = [{ pid: 7, name: 'apt' }];
    const waiting = runCommand(asRoot(['apt-get'], { lock: 'apt' }), step, machine.context, {
      line: () => controller.abort(new Error('enough')),
      progress: () => {},
    });
    await expect(waiting).rejects.toThrow('enough');
    expect(machine.ran).toEqual([]);
  });
});

describe('a failure', () => {
  const failing = (lines: string[], exitCode: number | null = 1) =>
    new FakeMachine().onRun(/./, () => ({ lines, exitCode }));

  it('says step, command, exit code, last lines and how to go on', async () => {
    await expect(carriedOut(failing(['first', 'second'], 3), asRoot(['do', 'it']))).rejects.toMatchObject({
      code: 'E_SETUP_STEP',
      message: 'A step: sudo do it ended with exit code 3\n  first\n  second',
      fix: 'fix what it says; then run the same command again: it resumes here',
    });
  });

  it('says when a command did not end', async () => {
    await expect(carriedOut(failing([], null), asUser(['do']))).rejects.toThrow(
      'A step: do did not end in time',
    );
  });

  it("takes the step's own explanation before the common one", async () => {
    const explaining: Step = {
      ...step,
      explain: () => ({ code: 'E_CONFIG', message: 'known here', fix: 'do this' }),
    };
    await expect(
      carriedOut(failing(['No space left on device']), asUser(['do']), explaining),
    ).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: 'A step: known here\n  $ do\n  No space left on device',
    });
  });

  it.each([
    ["E: You don't have enough free space in /var/cache/apt/archives/.", 'E_DISK_FULL', 'the disk is full'],
    ['write error: No space left on device', 'E_DISK_FULL', 'the disk is full'],
    ['sudo: a password is required', 'E_NO_SUDO', 'sudo no longer gives root'],
    [
      'curl: (6) Could not resolve host: images.example',
      'E_SETUP_STEP',
      'the network does not reach what is needed',
    ],
    [
      "fatal: unable to access 'https://x/': Failed to connect to x port 443",
      'E_SETUP_STEP',
      'the network does not reach what is needed',
    ],
    [
      'dial tcp: lookup registry.example: no such host',
      'E_SETUP_STEP',
      'the network does not reach what is needed',
    ],
    [
      'SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: self-signed',
      'E_SETUP_STEP',
      "a server's certificate is not trusted here",
    ],
    [
      "mkdir: cannot create directory '/x': Permission denied",
      'E_NO_PERMISSION',
      'this user may not do that',
    ],
  ])('knows %j', async (line, code, message) => {
    await expect(carriedOut(failing([line, 'and more']), asUser(['do']))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`A step: ${message}\n`),
    });
  });

  it('is final at once after an exit code that is', async () => {
    const machine = failing([], 22);
    await expect(
      carriedOut(machine, asUser(['curl'], { retry: { attempts: 4, finalExitCodes: [22] } })),
    ).rejects.toThrow('22');
    expect(machine.ran).toEqual(['curl']);
  });
});
