/** The native judge in threads, which need the compiled program. */
import type { ThreadOptions } from '../../src/evaluators/apart/threads.js';
import type { Judge } from '../../src/evaluators/judge.js';

const compiled = (name: string) => new URL(`../../dist/evaluators/apart/${name}.js`, import.meta.url).href;
const { judgeIn } = (await import(compiled('judge'))) as typeof import('../../src/evaluators/apart/judge.js');
export const { evaluationThreads } = (await import(
  compiled('threads')
)) as typeof import('../../src/evaluators/apart/threads.js');

export function judgeApart(options?: ThreadOptions): Judge {
  return judgeIn(evaluationThreads(options));
}
