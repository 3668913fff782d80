/** Workers without Python, that remember what they were asked for. */
import type { PythonFunctions, PythonWorkers, Subject } from '../../../src/evaluators/osworld/functions.js';

export class FakeWorkers implements PythonWorkers {
  readonly subjects: Subject[] = [];
  readonly asked: string[] = [];
  /** Evaluations that have not given their worker back. */
  inUse = 0;
  isDisposed = false;
  measure: PythonFunctions['measure'] = async () => 1;
  get: PythonFunctions['get'] = async ({ type }) => `value of ${type}`;

  open(subject: Subject): PythonFunctions {
    this.subjects.push(subject);
    this.inUse += 1;
    return {
      get: (config) => {
        this.asked.push(config.type);
        return this.get(config);
      },
      measure: (spec, result, expected) => {
        this.asked.push(spec.metric);
        return this.measure(spec, result, expected);
      },
      [Symbol.asyncDispose]: async () => {
        this.inUse -= 1;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}
