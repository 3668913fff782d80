/** `arpo-env init`: a commented config file, out of flags and answers. */
import { defineCommand } from './command.js';
import { fieldOption, option } from './option.js';

export default defineCommand({
  description: 'Write a commented config file. At a terminal it asks what no flag answers.',
  options: [
    fieldOption(
      'provider',
      '--provider <name>',
      'where desktops come from; aws and remote are not in this version yet',
    ),
    fieldOption('tunnel.host', '--host <alias>', 'SSH host of the cluster, for the tunnel'),
    fieldOption('server.port', '--port <port>', 'port of the env server on this machine'),
    fieldOption(
      'tunnel.remotePort',
      '--remote-port <port>',
      'port on the cluster at which the trainer finds it',
    ),
    option('--out <file>', 'the file to write', { default: 'arpo-env.config.yaml' }),
    option('--force', 'replace the file if it exists'),
  ],
  examples: [
    'arpo-env init',
    'arpo-env init --provider docker --host deepx',
    'arpo-env init --out example.yaml',
  ],
  async run({ console, signal, fields }, { out, force = false }) {
    const [{ checkNewFile, writeConfigFile }, { interview }, { fileError }, { resolve }, { openPrompt }] =
      await Promise.all([
        import('../config/write-file.js'),
        import('../config/interview.js'),
        import('../lib/file-error.js'),
        import('node:path'),
        import('../ui/prompt.js'),
      ]);
    const path = resolve(out);
    checkNewFile({ path, force });
    const answers = async () => {
      using prompt = openPrompt({ signal });
      return await interview(fields.values, (question) => prompt.ask(question));
    };
    const settings = console.canAsk ? await answers() : fields.values;
    const flagNames = fields.names;
    const { warnings } = await writeConfigFile({ path, settings, flagNames, force }).catch((error) => {
      throw fileError(error, path);
    });
    for (const warning of warnings) console.warn(warning);
    console.result(`wrote ${path}`);
    console.document({ file: path });
  },
});
