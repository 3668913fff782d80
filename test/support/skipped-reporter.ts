/** At the end of a run, one line for each suite that was skipped because a component is missing. */
import type { Reporter, TestModule, TestSuite } from 'vitest/node';

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.suites()]).filter(isSkipped);
    for (const suite of skipped) console.log(`skipped: ${suite.name}`);
  }
}

function isSkipped(suite: TestSuite): boolean {
  return suite.state() === 'skipped' && suite.name.includes('— needs ');
}
