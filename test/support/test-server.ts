/** An env server over fixture desktops on a free port, and a client of it. */
import { nativeJudge } from '../../src/evaluators/native/judge.js';
import { type EnvServer, type EnvServerOptions, startEnvServer } from '../../src/server/env-server.js';
import { FixtureProvider } from './fixture-provider.js';
import { RawClient } from './raw-client.js';
import { TemporaryFolder } from './temporary-folder.js';

export interface TestServer extends AsyncDisposable {
  server: EnvServer;
  provider: FixtureProvider;
  client: RawClient;
}

export async function startTestServer(options: Partial<EnvServerOptions> = {}): Promise<TestServer> {
  const provider = new FixtureProvider();
  const folder = new TemporaryFolder();
  const server = await startEnvServer({
    provider,
    port: 0,
    actionPauseMs: 0,
    // In this thread: another would need the compiled program.
    judge: nativeJudge,
    cacheDir: folder.path,
    ...options,
  }).catch((error: unknown) => {
    folder[Symbol.dispose]();
    throw error;
  });
  return {
    server,
    provider,
    client: new RawClient(server.url),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
