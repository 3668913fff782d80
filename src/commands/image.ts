/** `arpo-env image`: the desktop's image for a provider, downloaded or built. */
import { type CommandContext, defineCommand, defineCommandGroup } from './command.js';
import { fieldOption, option } from './option.js';

const build = defineCommand({
  options: [
    option('--tag <name>', 'name of the image', { default: 'arpo-desktop' }),
    option('--screen <kind>', 'real programs on an X display, or the practice desktop: a fifth of the size', {
      choices: ['x11', 'sim'],
      default: 'x11',
    }),
  ],
  examples: [
    'arpo-env image build',
    'arpo-env image build --screen sim --tag arpo-desktop-sim',
    'arpo-env image build --tag registry.cluster.example/arpo-desktop:2',
    'arpo-env image build && ARPO_ENV_PROVIDERS_DOCKER_IMAGE=arpo-desktop arpo-env serve --provider docker',
  ],
  async run({ console, signal }, { tag, screen }) {
    const { buildDesktopImage } = await import('../providers/docker/build-image.js');
    const progress = await console.progress(`building ${tag}`);
    try {
      const image = await buildDesktopImage({
        tag,
        screen,
        env: process.env,
        signal,
        onLine: (line) => progress.update(line),
      });
      progress.succeed(`built ${image}`);
      console.document({ image });
      console.result(image);
      console.info(`use it: ARPO_ENV_PROVIDERS_DOCKER_IMAGE=${tag} arpo-env serve --provider docker`);
    } catch (error) {
      progress.stop();
      throw error;
    }
  },
});

const FROM = option('--from <file>', 'what was downloaded elsewhere, instead of downloading it');
const LEAVE_CONFIG = option('--leave-config', 'write nothing into the config file');

const getDocker = defineCommand({
  description:
    "Download the guest's disk for OSWorld's Docker image, and write its path into the config file. What was interrupted goes on.",
  options: [
    option('--to <file>', 'the file to make; in place of its name in setup.qcow2Dir'),
    FROM,
    fieldOption('setup.qcow2Url', '--url <url>', 'where it comes from, zipped or as it is'),
    fieldOption('setup.qcow2Sha256', '--sha256 <digits>', 'SHA-256 of what is downloaded'),
    LEAVE_CONFIG,
  ],
  examples: [
    'arpo-env image get docker',
    'arpo-env image get docker --to /data/Ubuntu.qcow2',
    'HF_ENDPOINT=https://hf-mirror.com arpo-env image get docker',
    'arpo-env image get docker --from ~/Downloads/Ubuntu.qcow2.zip',
  ],
  async run(context, { to, from = null, leaveConfig = false }) {
    const { console, signal, loadConfig } = context;
    const [{ diskName, getDisk }, { imageReport }, { join, resolve }] = await Promise.all([
      import('../providers/docker/get-disk.js'),
      import('./image-report.js'),
      import('node:path'),
    ]);
    const loaded = await loadConfig();
    const { qcow2Url: url, qcow2Sha256: sha256 = null, qcow2Dir } = loaded.config.setup;
    const disk = resolve(to ?? join(qcow2Dir, diskName(url)));
    const progress = await console.progress(`looking at ${disk}`);
    try {
      const report = imageReport(console, progress);
      const source = from === null ? null : resolve(from);
      const changed = await getDisk({
        to: disk,
        url,
        from: source,
        sha256,
        env: process.env,
        signal,
        report,
      });
      progress.succeed(changed ? `${disk} is there` : `${disk} was there already`);
      const path = ['providers', 'docker', 'qcow2'];
      const config = leaveConfig ? null : await keepIn(context, loaded.file, path, disk);
      console.document({ qcow2: disk, changed, config });
      console.result(disk);
    } catch (error) {
      progress.stop();
      throw error;
    }
  },
});

const getVmware = defineCommand({
  description:
    "Download OSWorld's virtual machine for this computer, start it once, take the snapshot that episodes begin from, and write its path into the config file. What was interrupted goes on.",
  options: [
    option('--to <folder>', "the machine's folder; its last part is the machine's name", {
      default: '~/VMs/osworld-ubuntu',
    }),
    FROM,
    option('--url <url>', 'where it comes from: a zip archive with one .vmx file'),
    option('--sha256 <digits>', 'SHA-256 of what is downloaded'),
    LEAVE_CONFIG,
  ],
  examples: [
    'arpo-env image get vmware',
    'arpo-env image get vmware --to /data/osworld-ubuntu',
    'HF_ENDPOINT=https://hf-mirror.com arpo-env image get vmware',
    'arpo-env image get vmware --from ~/Downloads/Ubuntu-x86.zip',
  ],
  async run(context, { to, from = null, url, sha256 = null, leaveConfig = false }) {
    const { console, signal, loadConfig } = context;
    const [{ installMachine }, { imageForThisMachine }, { imageReport }, { resolve }, { homedir }] =
      await Promise.all([
        import('../providers/vmware/install/install.js'),
        import('../providers/vmware/install/which-image.js'),
        import('./image-report.js'),
        import('node:path'),
        import('node:os'),
      ]);
    const loaded = await loadConfig();
    const { vmrun, snapshot, gui } = loaded.config.providers.vmware;
    const folder = resolve(to.replace(/^~(?=\/)/, homedir()));
    const progress = await console.progress(`looking at ${folder}`);
    try {
      const { vmx, did } = await installMachine({
        ...{ folder, vmrun, snapshot, gui, sha256, signal, env: process.env },
        url: url ?? (await imageForThisMachine(signal)),
        from: from === null ? null : resolve(from),
        report: imageReport(console, progress),
      });
      progress.succeed(did.length > 0 ? `${vmx} has its snapshot ${snapshot}` : `${vmx} was ready already`);
      const path = ['providers', 'vmware', 'vmx'];
      const config = leaveConfig ? null : await keepIn(context, loaded.file, path, vmx);
      console.document({ vmx, snapshot, did, config });
      console.result(vmx);
      console.info('use it: arpo-env serve --provider vmware');
    } catch (error) {
      progress.stop();
      throw error;
    }
  },
});

/** The config file that has the setting now; null when it is a program, to which its author has to add it. */
async function keepIn(
  { console }: CommandContext,
  loaded: string | null,
  path: readonly string[],
  value: string,
): Promise<string | null> {
  const { keepSetting } = await import('../config/keep-setting.js');
  const { file, outcome } = await keepSetting(loaded, process.cwd(), { path, value });
  if (outcome === 'written') console.success(`${path.join('.')} is set in ${file}`);
  if (outcome !== 'program') return file;
  console.warn(`add this to ${file}: ${path.join('.')}: ${JSON.stringify(value)}`);
  return null;
}

const get = defineCommandGroup({
  docker: { summary: "the guest's disk for OSWorld's Docker image", command: getDocker },
  vmware: { summary: "OSWorld's virtual machine for VMware Fusion or Workstation", command: getVmware },
});

export default defineCommandGroup({
  get: { summary: "download OSWorld's image for a provider", command: get },
  build: { summary: 'build the image from this package', command: build },
});
