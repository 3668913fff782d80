/** `arpo-env tunnel`: keeps the cluster's port forwarded to the env server until it is stopped. */
import { defineCommand } from './command.js';
import { fieldArgument, fieldOption, option } from './option.js';

export default defineCommand({
  description:
    'Keep a port of the cluster forwarded to the env server, until Ctrl-C. It reconnects whatever happens, and needs nothing installed on the cluster.',
  arguments: [
    fieldArgument(
      'tunnel.host',
      '[host]',
      'the cluster: an alias of ~/.ssh/config or user@host[:port]; default: tunnel.host',
    ),
  ],
  options: [
    option(
      '-R, --remote <[bind:]port:host:port>',
      'forward this port of the cluster to host:port; default: 15001 to the env server',
      { parse: (text: string, previous: string[] = []) => [...previous, text] },
    ),
    fieldOption('tunnel.url', '--url <url>', 'the env server to forward to'),
    fieldOption('tunnel.identities', '-i, --identity <file...>', 'private keys to offer first'),
    option('-l, --user <name>', 'the user to log in as'),
    option('-p, --port <port>', "the SSH server's port; default: ssh_config's, else 22"),
    option('-J, --jump <host,…>', 'go through these hosts, in this order; none ignores those of ssh_config'),
    fieldOption(
      'tunnel.transport',
      '--transport <client>',
      "the built-in client, or the system's ssh: certificates, GSSAPI, FIDO",
    ),
    fieldOption('tunnel.acceptNew', '--accept-new', 'trust the key of a host that is not in known_hosts yet'),
    fieldOption(
      'tunnel.keepalive',
      '--keepalive <duration>',
      'time between keepalives; a connection that misses three is given up',
    ),
    fieldOption('tunnel.maxRetries', '--max-retries <n>', 'give up after so many failed attempts in a row'),
    fieldOption(
      'tunnel.requireToken',
      '--require-token',
      "refuse a server that asks for no token: the port is open to all of the cluster's users",
    ),
    option('--ssh-config <file>', 'read this instead of ~/.ssh/config; none for no file'),
    option('--metrics-port <port>', 'answer GET /metrics on this port of 127.0.0.1; 0 takes a free one'),
    option(
      '--detach',
      'run in the background, whatever becomes of this terminal; returns when the forward is up',
    ),
  ],
  examples: [
    'arpo-env tunnel deepx',
    'arpo-env tunnel user@cluster.example --identity ~/.ssh/cluster.pem --accept-new',
    'arpo-env tunnel deepx -R 15001:127.0.0.1:18082 -R 15002:10.0.0.5:18082',
  ],
  async run({ console, logLevel, signal, loadConfig }, flags) {
    const [{ parsePort, tunnelOptions }, { stateFolder }] = await Promise.all([
      import('../tunnel/options.js'),
      import('../runs/state-folder.js'),
    ]);
    const { config } = await loadConfig();
    const { remote: forwards = [], user, port, jump, sshConfig, metricsPort: metrics } = flags;
    const options = tunnelOptions(config, { forwards, user, port, jump, sshConfig });
    const metricsPort = metrics === undefined ? undefined : parsePort(metrics, '--metrics-port', 0);
    const state = stateFolder(process.env);
    if (flags.detach) {
      const { tunnelInBackground } = await import('../tunnel/run-in-background.js');
      return tunnelInBackground({ args: process.argv.slice(2), state, console, signal });
    }
    const { runTunnel } = await import('../tunnel/run.js');
    return runTunnel({ options, metricsPort, state, console, verbose: logLevel === 'debug', signal });
  },
});
