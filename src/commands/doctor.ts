/** `arpo-env doctor`: the first broken link of the chain, with the command that fixes it. */
import { defineCommand } from './command.js';
import { argument, option } from './option.js';

export default defineCommand({
  description:
    'Find the first broken link between desktop and trainer, and the command that fixes it. Exit code 3 when one is broken.',
  arguments: [argument('[host]', "SSH host of the cluster; default: the config's")],
  options: [
    option('--role <role>', 'what this machine is', { choices: ['vm', 'laptop', 'cluster', 'ec2'] }),
    option('--only <names...>', 'checks, families or links; what they depend on is checked too'),
    option('--list', 'the checks, instead of running them'),
    option('--verbose', 'every check, with its time'),
    option('--deep', 'also the slow checks: boots a tiny guest under KVM'),
    option('--fix', 'apply the fixes that are safe, after asking, and check again'),
    option('--yes', 'with --fix: without asking'),
    option('--watch', 'check again and again until Ctrl-C'),
    option('--bundle <file>', 'write a .tar.gz for a bug report, without secrets'),
    option('--ssh-config <file>', 'ssh_config to use instead of yours'),
  ],
  examples: [
    'arpo-env doctor',
    'arpo-env doctor deepx',
    'arpo-env doctor --only ssh tunnel --verbose',
    'arpo-env doctor --fix',
  ],
  async run({ console, signal, loadConfig }, flags, host) {
    if (flags.list) {
      const { listChecks } = await import('../doctor/list-checks.js');
      listChecks(console);
      return 0;
    }
    const { runDoctor } = await import('../doctor/run.js');
    return runDoctor({ flags, host, loadConfig, console, signal });
  },
});
