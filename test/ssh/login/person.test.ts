import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { askpassProgram } from '../../../src/ssh/login/askpass.js';
import { createPerson, nobody } from '../../../src/ssh/login/person.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { deadline } from '../../tunnel/fixtures.js';

const question = { text: 'Enter passphrase: ', echo: false };

describe('SSH_ASKPASS', () => {
  it.each([
    ['without a terminal on a desktop', { SSH_ASKPASS: 'ask', DISPLAY: ':0' }, false, 'ask'],
    ['without a terminal on Wayland', { SSH_ASKPASS: 'ask', WAYLAND_DISPLAY: 'w' }, false, 'ask'],
    ['not without a desktop', { SSH_ASKPASS: 'ask' }, false, null],
    ['not at a terminal', { SSH_ASKPASS: 'ask', DISPLAY: ':0' }, true, null],
    [
      'at a terminal when it is preferred',
      { SSH_ASKPASS: 'ask', SSH_ASKPASS_REQUIRE: 'prefer' },
      true,
      'ask',
    ],
    ['always when it is forced', { SSH_ASKPASS: 'ask', SSH_ASKPASS_REQUIRE: 'force' }, false, 'ask'],
    [
      'never when it is forbidden',
      { SSH_ASKPASS: 'ask', DISPLAY: ':0', SSH_ASKPASS_REQUIRE: 'never' },
      false,
      null,
    ],
    ['not when it is not set', { DISPLAY: ':0', SSH_ASKPASS_REQUIRE: 'force' }, false, null],
  ])('is used %s', (_title, env, hasTerminal, program) => {
    expect(askpassProgram(env, hasTerminal)).toBe(program);
  });

  function person(folder: TemporaryFolder, script: string) {
    const program = folder.write('askpass', `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
    return createPerson({
      tell: () => {},
      terminal: null,
      env: { ...process.env, SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force' },
    });
  }

  it('is given the question and gives the answer', async () => {
    using folder = new TemporaryFolder();
    const asker = person(folder, `echo "$1" > '${folder.path}/question'; echo 'pass phrase'`);
    expect(await asker.ask(question, deadline())).toBe('pass phrase');
    expect(readFileSync(`${folder.path}/question`, 'utf8')).toBe('Enter passphrase: \n');
  });

  it('may be cancelled by the person', async () => {
    using folder = new TemporaryFolder();
    expect(await person(folder, 'echo half; exit 1').ask(question, deadline())).toBeNull();
  });

  it('that cannot be run is said', async () => {
    const env = { SSH_ASKPASS: '/nowhere/askpass', SSH_ASKPASS_REQUIRE: 'force' };
    const asker = createPerson({ tell: () => {}, terminal: null, env });
    await expect(asker.ask(question, deadline())).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: 'SSH_ASKPASS names /nowhere/askpass, which cannot be run: ENOENT',
    });
  });
});

it('tells each thing once', () => {
  const told: string[] = [];
  const person = createPerson({ tell: (line) => told.push(line), terminal: null, env: {} });
  for (const line of ['a', 'b', 'a']) person.tell(line);
  expect(told).toEqual(['a', 'b']);
});

it('nobody has no answers', async () => {
  expect(nobody().present).toBe(false);
  expect(await nobody().ask(question, deadline())).toBeNull();
});

describe('what a server wrote', () => {
  it('reaches no terminal as it is', async () => {
    const told: string[] = [];
    const asked: string[] = [];
    const person = createPerson({
      tell: (line) => told.push(line),
      terminal: async ({ text }) => {
        asked.push(text);
        return 'answer';
      },
      env: {},
    });
    person.tell('Notice:\x1b]0;owned\x07 read this\n✓ up');
    await person.ask({ text: 'Code\x1b[8m\u009b2J: ', echo: true }, deadline());
    expect(told).toEqual(['Notice:]0;owned read this\n  ✓ up']);
    expect(asked).toEqual(['Code[8m2J: ']);
  });
});
