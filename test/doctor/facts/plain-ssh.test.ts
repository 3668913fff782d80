import { expect, it } from 'vitest';
import { plainSshTunnels } from '../../../src/doctor/facts/plain-ssh.js';

const machineWith = (...commands: string[]) => ({
  processes: async () => commands.map((command, index) => ({ pid: 900 + index, command })),
  portHolder: async () => null,
});

it.each([
  ['ssh -N -R 15001:127.0.0.1:18082 deepx', '127.0.0.1', 18082],
  ['/usr/bin/ssh -NR15001:[::1]:18082 deepx', '::1', 18082],
  ['ssh -R 8080:web:80 -R [::1]:15001:localhost:5001 deepx', 'localhost', 5001],
])('%s is a tunnel', async (command, targetHost, targetPort) => {
  const machine = machineWith(command, 'ssh deepx', 'ssh -R 9:h:9 deepx', 'vi -R 15001:h:1');
  expect(await plainSshTunnels(machine, 15001)).toEqual([
    { pid: 900, command: 'ssh', targetHost, targetPort },
  ]);
});

it('an autossh and its ssh are one', async () => {
  const args = '-N -R 15001:127.0.0.1:18082 deepx';
  const machine = machineWith(`autossh ${args}`, `/usr/bin/ssh ${args}`);
  expect(await plainSshTunnels(machine, 15001)).toMatchObject([{ pid: 900 }]);
});
