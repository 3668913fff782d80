import { describe, expect, it } from 'vitest';
import { clientArgs, masterArgs } from '../../../src/ssh/openssh/args.js';
import { personWho } from '../ssh-server.js';

describe('the command line', () => {
  it('says what was asked for and leaves the rest to ssh_config; the host comes after a `--`', () => {
    expect(masterArgs({ host: 'deepx' }, '/s', 5000)).toEqual([
      '-N',
      '-v',
      ...['-o', 'ControlMaster=yes', '-o', 'ControlPath=/s', '-o', 'ControlPersist=no'],
      ...['-o', 'ClearAllForwardings=yes', '-o', 'ExitOnForwardFailure=yes'],
      ...['-o', 'ForwardAgent=no', '-o', 'PermitLocalCommand=no', '-o', 'RemoteCommand=none'],
      ...[
        '-o',
        'RequestTTY=no',
        '-o',
        'Tunnel=no',
        '-o',
        'ServerAliveInterval=5',
        '-o',
        'ServerAliveCountMax=3',
      ],
      ...['-o', 'PasswordAuthentication=no', '-o', 'NumberOfPasswordPrompts=1', '--', 'deepx'],
    ]);
  });

  it.each([
    [{ host: 'user@h:22' }, '-l user -p 22 -- h'],
    [{ host: 'user@[2001:db8::1]:22' }, '-l user -p 22 -- 2001:db8::1'],
    [{ host: 'ssh://user@[::1]:22' }, '-l user -p 22 -- ::1'],
    [{ host: '2001:db8::1' }, '-- 2001:db8::1'],
    [{ host: 'h', user: 'user', port: 22, jump: 'a,b' }, '-l user -p 22 -o ProxyJump=a,b -- h'],
    [{ host: 'h', identityFiles: ['/k'], configFile: 'none' }, '-i /k -- h'],
    [{ host: 'h', acceptNew: true }, '-o StrictHostKeyChecking=accept-new'],
  ])('%j', (options, part) => {
    expect(masterArgs(options, '/s', 100).join(' ')).toContain(part);
  });

  it('lets ssh ask when somebody is there', () => {
    expect(masterArgs({ host: 'h', person: personWho({}) }, '/s', 100).join(' ')).not.toContain('Password');
  });

  it('keeps ssh here where its config sends it to the background, and only then says the keyword', () => {
    expect(masterArgs({ host: 'h' }, '/s', 100, true)).toContain('ForkAfterAuthentication=no');
    expect(masterArgs({ host: 'h' }, '/s', 100).join(' ')).not.toContain('ForkAfterAuthentication');
  });

  it('of a client cannot become a connection of its own', () => {
    expect(clientArgs('/s', ['-W', 'h:1'])).toEqual(
      expect.arrayContaining(['ControlMaster=no', 'ProxyCommand=false', '-F', 'none']),
    );
  });
});
