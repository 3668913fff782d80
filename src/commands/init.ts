import { resolve } from 'node:path';
import { interview } from '../config/interview.js';
import { checkNewFile, writeConfigFile } from '../config/write-file.js';
import { fileError } from '../lib/file-error.js';
import { openPrompt } from '../ui/prompt.js';
import { defineCommand } from './command.js';

interface Options {
  provider?: string;
  host?: string;
  port?: string;
  remotePort?: string;
  out: string;
  force?: boolean;
}

export default defineCommand<Options>({
  configure(command) {
    command
      .description('Write a commented config file. At a terminal it asks what no flag answers.')
      .option('--provider <name>', 'where desktops come from, e.g. docker; default: auto')
      .option('--host <alias>', 'SSH host of the cluster, for the tunnel')
      .option('--port <port>', 'port of the env server on this machine; default: 18082')
      .option('--remote-port <port>', 'port on the cluster at which the trainer finds it; default: 15001')
      .option('--out <file>', 'the file to write', 'arpo-env.config.yaml')
      .option('--force', 'replace the file if it is there already');
  },
  examples: [
    'arpo-env init',
    'arpo-env init --provider docker --host deepx',
    'arpo-env init --out example.yaml',
  ],
  async run({ console, signal }, { provider, host, port, remotePort, out, force = false }) {
    const path = resolve(out);
    checkNewFile({ path, force });
    const given = { provider, server: { port }, tunnel: { host, remotePort } };
    const asksPerson = console.interactive && process.stdin.isTTY && !console.json;
    const settings = asksPerson ? await answers(given, signal) : given;
    const { warnings } = await writeConfigFile({ path, settings, force }).catch((error) => {
      throw fileError(error, path);
    });
    for (const warning of warnings) console.warn(warning);
    console.result(`wrote ${path}`);
    console.document({ file: path });
  },
});

async function answers(
  given: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  using prompt = openPrompt({ signal });
  return await interview(given, (question) => prompt.ask(question));
}
