import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/doctor/checks/index.js';
import { selectChecks } from '../../src/doctor/select.js';

const ids = (...args: Parameters<typeof selectChecks>) => selectChecks(...args).map(({ id }) => id);

describe('selectChecks', () => {
  it('takes all that make sense on the machine', () => {
    const here = ids(CHECKS, 'vm', []);
    expect(CHECKS.map(({ id }) => id).filter((id) => !here.includes(id))).toEqual([
      ...['vmware.nested', 'vmware.memory', 'vmware.cores'],
      'cluster.version',
    ]);
    const there = ids(CHECKS, 'cluster', []);
    expect(there).toContain('trainer.max-steps');
    expect(there).not.toContain('server.listening');
  });

  it('takes a check, a family or a link, with what they need', () => {
    expect(ids(CHECKS, 'vm', ['server.docs'])).toEqual([
      ...[
        'config.file',
        'server.listening',
        'server.answers',
        'server.token',
        'server.identity',
        'server.docs',
      ],
      ...['bind.family', 'firewall.loopback'],
    ]);
    expect(ids(CHECKS, 'cluster', ['ray'])).toEqual([
      'config.file',
      'ssh.session',
      'ray.running',
      'ray.port',
      'ray.resource',
    ]);
    expect(ids(CHECKS, 'vm', ['cloud']).filter((id) => id.startsWith('aws.')).length).toBe(11);
  });

  it('refuses a name that nothing has, with the nearest one', () => {
    expect(() => selectChecks(CHECKS, 'vm', ['tunel'])).toThrowError(
      expect.objectContaining({ code: 'E_USAGE', fix: expect.stringContaining('did you mean tunnel?') }),
    );
  });
});
