/** The other places where desktops come from. */
import { type Need, needs } from '../../providers/traits.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';
import { providerInUse } from './provider-in-use.js';

export const providerChecks: readonly Check[] = [
  {
    id: 'remote.servers',
    link: 'desktop',
    title: 'the pool servers answer',
    needs: [],
    run: only('pool', async ({ machine, config, signal }) => {
      const { baseUrls } = config.providers.remote;
      const why = 'Desktops are asked for there.';
      if (baseUrls.length === 0) {
        return fail({
          seen: 'no pool server is named',
          why,
          fix: 'export OSWORLD_BASE_URL=http://192.0.2.10:50003',
        });
      }
      const answers = await Promise.all(
        baseUrls.map(async (url) => ({
          url,
          answer: await machine.get(new URL('/status', url), { signal }),
        })),
      );
      const down = answers.filter(({ answer }) => answer.kind !== 'answer');
      const [first] = down;
      if (!first) return pass(baseUrls.join(', '));
      const words = first.answer.kind === 'answer' ? '' : first.answer.words;
      const trouble = {
        seen: `${first.url} does not answer: ${words}`,
        why,
        fix: `curl -sS ${first.url}/status`,
      };
      return down.length === answers.length ? fail(trouble) : warn(trouble);
    }),
  },
  {
    id: 'remote.token',
    link: 'desktop',
    title: 'there is a token for the pool',
    needs: [],
    run: only('pool', async ({ config }) => {
      if (config.providers.remote.token !== undefined) return pass('OSWORLD_TOKEN or the config has it');
      return warn({
        seen: 'there is no token for the pool servers',
        why: 'A pool that asks for one answers 401 to every start.',
        fix: 'put it into .env: OSWORLD_TOKEN=…',
      });
    }),
  },
  {
    id: 'local.display',
    link: 'desktop',
    title: 'an X desktop can be started',
    needs: [],
    run: only('x-display', async ({ own, config }) => {
      const [problem] = await own.preflight({ ...config, provider: 'local' });
      if (problem === undefined) return pass('display, window manager, terminal and browser are here');
      const why = 'Each local desktop is an X server with its programs.';
      return fail({ seen: problem.message, why, fix: problem.fix });
    }),
  },
];

function only(need: Need, run: (context: CheckContext) => Promise<Finding>): Check['run'] {
  return async (context) => {
    const used = await providerInUse(context);
    return needs(used, need) ? run(context) : skip(`the provider is ${used}`);
  };
}
