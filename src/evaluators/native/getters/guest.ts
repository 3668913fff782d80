/** Getters that ask the guest agent one thing. Their answers for "nothing there" are those of OSWorld's controller. */
import { z } from 'zod';
import type { ExecuteResult } from '../../../desktop/agent-answers.js';
import { ArpoEnvError } from '../../../errors.js';
import type { EvaluationContext } from '../../judge.js';
import { getter, treeGetter } from './getter.js';

const commandConfig = z.looseObject({
  command: z.union([z.string(), z.array(z.string())]),
  /** Some tasks say "true". */
  shell: z.union([z.boolean(), z.string().transform((word) => word !== '')]).default(false),
});
const anyConfig = z.looseObject({});

/** Standard output of a command, whatever its exit code; null when the guest could not run it. */
export const vmCommandLine = getter(
  commandConfig,
  async (config, context) => (await run(config, context))?.output ?? null,
);

/** The same, standard error. */
export const vmCommandError = getter(
  commandConfig,
  async (config, context) => (await run(config, context))?.error ?? null,
);

export const vmTerminalOutput = getter(anyConfig, (_, { agent, signal }) => agent.terminalOutput({ signal }));

export const accessibilityTree = treeGetter(anyConfig, (_, { agent, signal }) =>
  agent.accessibilityTree({ signal }),
);

export const vmScreenSize = getter(anyConfig, (_, { agent, signal }) => agent.screenSize({ signal }));

/** Size of the first window of a WM_CLASS, or null. */
export const vmWindowSize = getter(
  z.looseObject({ app_class_name: z.string() }),
  (config, { agent, signal }) => agent.windowSize(config.app_class_name, { signal }),
);

/** `{type, name, children}`, or null when the path is not a directory. */
export const listDirectory = getter(z.looseObject({ path: z.string() }), (config, { agent, signal }) =>
  agent.directoryTree(config.path, { signal }),
);

/** Null is for a guest that answered with an error; one that does not answer at all is a failure of the evaluation. */
async function run(
  { command, shell }: z.output<typeof commandConfig>,
  { agent, signal }: EvaluationContext,
): Promise<ExecuteResult | null> {
  try {
    return await agent.execute(command, { shell, signal });
  } catch (error) {
    if (error instanceof ArpoEnvError && error.code === 'E_AGENT_FAILED') return null;
    throw error;
  }
}
