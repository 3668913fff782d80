/** OSWorld's own evaluators: only where the config wants them, or they are installed. */
import { type Check, pass, skip, warn } from '../check.js';

export const evaluatorChecks: readonly Check[] = [
  {
    id: 'evaluators.installed',
    link: 'evaluators',
    title: "OSWorld's evaluators are installed and whole",
    needs: [],
    limitMs: 15_000,
    async run({ config, own }) {
      const { engine } = config.evaluators;
      if (engine === 'native') return skip('evaluators.engine is native');
      const { installation, installed, outdated, tasks } = await own.evaluators(config);
      const scored = `${tasks.scored} of OSWorld's ${tasks.total} tasks can be scored`;
      // Our own metrics are enough for many tasks, and what nobody can score is refused by its name.
      if (engine === 'auto' && installed === null) return skip(`not installed: ${scored}`);
      const [problem] = installation.problems;
      if (problem !== undefined) {
        return warn({
          seen: problem.message,
          why: 'The tasks that need them are refused: a reset answers 501.',
          fix: problem.fix,
        });
      }
      if (outdated.length > 0) {
        return warn({
          seen: `${outdated.slice(0, 3).join(', ')} in ${installation.dir} ${outdated.length === 1 ? 'is' : 'are'} of another version than this arpo-env wants`,
          why: 'Other versions can give other rewards.',
          fix: 'arpo-env evaluators install',
        });
      }
      return pass(`${installation.dir}: ${scored}`);
    },
  },
];
