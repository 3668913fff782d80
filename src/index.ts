/** The library's face: what other programs may build on. Everything else is the house's own. */
export { addBoxToken } from './arpo/box-token.js';
export { predictionToActions } from './arpo/prediction.js';
export { SYSTEM_MESSAGE, uiTarsPrompt } from './arpo/prompt.js';
export { type LoadedConfig, type LoadOptions, loadConfig } from './config/load.js';
export type { Config, ConfigInput } from './config/schema.js';
export { AgentClient } from './desktop/agent-client.js';
export type { DesktopEndpoints } from './desktop/endpoints.js';
export type { Task } from './desktop/task.js';
export { ArpoEnvError, ERROR_CODES, type ErrorCode, type Problem } from './errors.js';
export { createProvider } from './providers/index.js';
export type {
  BootProgress,
  Desktop,
  DesktopProvider,
  ProviderName,
  StartOptions,
} from './providers/provider.js';
export { type EnvServer, type EnvServerOptions, startEnvServer } from './server/env-server.js';
export { openTunnel, type Tunnel, type TunnelEvent, type TunnelOptions } from './tunnel/tunnel.js';
