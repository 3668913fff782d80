/** `arpo-env image build`: the desktop image that needs no VM. */
import { defineCommand, defineCommandGroup } from './command.js';
import { option } from './option.js';

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

export default defineCommandGroup({
  build: { summary: 'build the image from this package', command: build },
});
