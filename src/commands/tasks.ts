/** `arpo-env tasks check`: what of some tasks can be set up and scored here. */
import { defineCommand, defineCommandGroup } from './command.js';
import { argument, fieldOption, option } from './option.js';

const check = defineCommand({
  description:
    'For each task: can it be set up and scored here, by whom, and what is missing. Needs no desktop. Exit code 3 unless all of them can.',
  arguments: [
    argument(
      '[paths...]',
      "task files, folders of them, lists by domain (test_all.json beside examples/), JSON lines, a training config; default: the clone's training config",
    ),
  ],
  options: [
    option('--assume <set>', "as if these of OSWorld's evaluators were installed", {
      choices: ['core', 'all'],
    }),
    option('--all', 'each task, also where nothing is missing'),
    fieldOption('provider', '--provider <name>', 'the desktops that they would be played on.'),
  ],
  examples: [
    'arpo-env tasks check evaluation_examples/test_all.json',
    'arpo-env tasks check evaluation_examples/examples/chrome --assume core',
    'arpo-env tasks check configs/smoke_remote_env_tunnel.yaml --json',
  ],
  async run({ console, signal, loadConfig }, { assume, all = false }, paths) {
    const { checkTasks } = await import('../tasks/run.js');
    return checkTasks({ paths, assume, all, loaded: await loadConfig(), console, signal });
  },
});

export default defineCommandGroup({
  check: { summary: 'whether tasks can be set up and scored here, and what is missing', command: check },
});
