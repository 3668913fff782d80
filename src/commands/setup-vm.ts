/** `arpo-env setup-vm`: makes a machine, this one or another, an env machine. */
import { defineCommand } from './command.js';
import { fieldOption, option } from './option.js';

/** What the other side's run can have ended with. */
const EXIT_CODES = [0, 1, 2, 3, 130] as const;

export default defineCommand({
  description:
    'What desktops need (Docker, KVM, image and disk, or the programs of local ones), repository, venv and services on this Ubuntu or Debian machine; what is already done stays. Ends with a report of the doctor; exit code 3 when a link is broken.',
  options: [
    fieldOption(
      'provider',
      '--provider <name>',
      'where desktops will come from: docker, unless the config says otherwise; local needs neither Docker nor KVM',
    ),
    option('--host <host>', 'set up that machine over SSH instead of this one'),
    option('--dry-run', 'print the plan as a shell script, change nothing'),
    option('--yes', 'do not ask before the plan is applied'),
    option('--only <steps>', 'only these steps, separated by commas', { parse: commas }),
    option('--skip <steps>', 'all steps except these', { parse: commas }),
    option('--from <step>', 'this step and those after it'),
    fieldOption(
      'setup.dockerSource',
      '--docker-source <source>',
      "Docker's own apt repository, the distribution's, or what is present",
    ),
    fieldOption('setup.repoUrl', '--repo <url>', 'repository with the Python env server and OSWorld'),
    fieldOption('setup.repoBranch', '--branch <branch>', 'its branch'),
    fieldOption('setup.repoDir', '--dir <dir>', 'where it is cloned to'),
    option('--qcow2 <file>', "a guest's disk that exists already"),
    fieldOption('tunnel.host', '--tunnel <host>', 'keep the tunnel to this SSH host up as a service'),
    option(
      '--offline <dir>',
      'take debs/, repo/, wheels/, image.tar and the qcow2 (or its .zip) from this folder',
    ),
    option('--uninstall', 'remove services, config and state, but none of your files'),
    option('--remove <what...>', 'with --uninstall, remove these too', {
      choices: ['repo', 'image', 'qcow2'],
    }),
  ],
  examples: [
    'arpo-env setup-vm --tunnel deepx',
    'arpo-env setup-vm --provider local --only packages,local-desktop',
    'arpo-env setup-vm --dry-run > setup.sh',
    'arpo-env setup-vm --host vm.example --yes',
  ],
  async run({ console, signal, loadConfig }, flags) {
    const loaded = await loadConfig();
    if (flags.host !== undefined) {
      const { setUpHost, withoutHost } = await import('../setup/remote/set-up-host.js');
      const exitCode = await setUpHost({
        host: flags.host,
        args: withoutHost(process.argv.slice(2)),
        nodeUrl: loaded.config.setup.nodeUrl,
        interactive: console.canAsk,
        signal,
        say: (text) => console.info(text),
      });
      return EXIT_CODES.find((code) => code === exitCode) ?? 1;
    }
    const { setUpHere } = await import('../setup/set-up-here.js');
    const { dryRun = false, yes = false, remove = [] } = flags;
    const uninstall = flags.uninstall ? { remove } : null;
    return setUpHere({ loaded, flags, uninstall, dryRun, yes, console, signal });
  },
});

function commas(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}
