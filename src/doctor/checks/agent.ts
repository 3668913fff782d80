/** The guest agent and Chrome within the desktop, as the env server sees them. */
import type { Health } from '../../env-api/schemas.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';

const READY_STATES = ['ready', 'stepping', 'evaluating'];

export const agentChecks: readonly Check[] = [
  {
    id: 'agent.boot',
    link: 'agent',
    title: 'the last boot did not fail',
    needs: ['server.identity'],
    run: ofNative(async (health) => {
      if (health.state === 'booting') {
        const deadline = health.deadline === null ? '' : ` of ${Math.round(health.deadline)} s`;
        return pass(`booting: ${health.phase ?? 'at its start'}, ${Math.round(health.elapsed)} s${deadline}`);
      }
      if (health.state !== 'failed') return pass(health.state);
      const phase = health.phase ? ` in phase "${health.phase}"` : '';
      const log = health.boot_log ? `; last line: ${health.boot_log}` : '';
      return fail({
        seen: `the env failed${phase}: ${health.failure?.message ?? 'it does not say why'}${log}`,
        why: 'No episode can begin: every reset fails the same way until this is fixed.',
        fix: health.failure?.fix ?? 'arpo-env logs, then arpo-env prewarm to try again',
      });
    }),
  },
  {
    id: 'agent.screenshot',
    link: 'agent',
    title: 'the guest agent sends screenshots',
    needs: ['agent.boot'],
    run: ofNative(async (health) => {
      if (!READY_STATES.includes(health.state)) return skip(`the env is ${health.state}`);
      if (health.screenshot) return pass('port 5000 of the desktop answers');
      return fail({
        seen: `the env is ${health.state}, and the desktop sends no screenshot (port 5000)`,
        why: 'Every step needs one; an episode without it ends with is_done.',
        fix: 'arpo-env prewarm boots a desktop and shows where it hangs; arpo-env logs has its last lines',
      });
    }),
  },
  {
    id: 'agent.chrome',
    link: 'agent',
    title: "the desktop's Chrome can be driven",
    needs: ['agent.boot'],
    run: ofNative(async (health) => {
      if (!READY_STATES.includes(health.state)) return skip(`the env is ${health.state}`);
      if (health.chrome_cdp) return pass('port 9222 of the desktop answers');
      return warn({
        seen: `the env is ${health.state}, and the desktop's Chrome does not answer (port 9222)`,
        why: 'Tasks that use Chrome cannot be set up or scored.',
        fix: 'arpo-env prewarm boots a new desktop; if that does not help, the image starts Chrome without --remote-debugging-port=1337',
      });
    }),
  },
];

function ofNative(run: (health: Health, context: CheckContext) => Promise<Finding>): Check['run'] {
  return async (context) => {
    const { native, kind } = await context.looks.server();
    if (native !== null) return run(native, context);
    const why = { python: 'the Python env server does not say', native: 'a server of another version' };
    return skip(kind === 'python' || kind === 'native' ? why[kind] : 'no env server of ours answers');
  };
}
