import { describe, expect, it } from 'vitest';
import { parseClusterFacts } from '../../src/cluster-facts/cluster-facts.js';
import { clusterScript } from '../../src/cluster-facts/script.js';

const questions = {
  url: new URL('http://127.0.0.1:15001'),
  port: 15001,
  rayPort: 2468,
  repo: '',
  trainingConfig: 'configs/x.yaml',
  condaEnv: 'arpo',
};

describe('clusterScript', () => {
  it('hands values over as data, in a here-document that expands nothing', () => {
    const script = clusterScript({ ...questions, repo: '$(touch /tmp/x) `id` \'"' });
    expect(script).toContain(
      "<<'ARPO_ENV_INPUT'\nhttp://127.0.0.1:15001\n15001\n2468\n$(touch /tmp/x) `id` '\"\n",
    );
  });

  it('refuses a value that could end the here-document', () => {
    expect(() => clusterScript({ ...questions, repo: 'x\nARPO_ENV_INPUT\nrm -rf /' })).toThrowError(
      expect.objectContaining({ code: 'E_CONFIG' }),
    );
  });
});

describe('parseClusterFacts', () => {
  it('is null for what was cut off, and for what a login greeting says', () => {
    expect(parseClusterFacts('time=1\nhost=x\n')).toBeNull();
    expect(parseClusterFacts('Welcome to the cluster\n')).toBeNull();
  });

  it('reads through a greeting, and keeps the first value of each sshd setting', () => {
    const facts = parseClusterFacts(
      'Welcome = home\nhost=head\nuser=user 1000\nsshd=MaxSessions 1\nsshd=MaxSessions 10\nsshd=AllowTcpForwarding=no\nprobe.tool=none\nend=yes',
    );
    expect(facts).toMatchObject({
      host: 'head',
      user: { name: 'user', uid: 1000 },
      probe: null,
      listeners: null,
    });
    expect([...(facts?.sshd ?? [])]).toEqual([
      ['maxsessions', '1'],
      ['allowtcpforwarding', 'no'],
    ]);
  });

  it.each([
    [
      '7',
      "curl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
      'refused',
    ],
    ['7', 'curl: (7) Failed to connect: No route to host', 'failed'],
    ['28', 'curl: (28) Connection timed out', 'silent'],
    ['6', 'curl: (6) Could not resolve host', 'unresolved'],
    ['52', 'curl: (52) Empty reply from server', 'failed'],
  ])('curl’s %s (%s) is %s', (code, words, kind) => {
    const facts = parseClusterFacts(`probe.tool=curl\nprobe.code=${code}\nprobe.line=${words}\nend=yes`);
    expect(facts?.probe?.kind).toBe(kind);
  });
});
