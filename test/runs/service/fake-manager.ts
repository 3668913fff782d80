/** A service context in a temporary home, whose systemctl or launchctl answers as told and records what it was asked. */
import { join } from 'node:path';
import type { CommandResult } from '../../../src/runs/service/run-command.js';
import type { ServiceContext, ServiceSpec } from '../../../src/runs/service/service.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

export class FakeManager implements Disposable {
  readonly folder = new TemporaryFolder();
  /** Each command line, in order. */
  readonly asked: string[] = [];
  /** What a command line that contains the key answers; everything else succeeds silently. */
  answers: Record<string, Partial<CommandResult>> = {};

  context(changes: Partial<ServiceContext> = {}): ServiceContext {
    return {
      scope: 'user',
      home: this.folder.path,
      configFolder: join(this.folder.path, '.config', 'arpo-env'),
      user: { name: 'user', uid: 1000 },
      isRoot: false,
      path: '/usr/local/bin:/usr/bin',
      executable: ['/usr/bin/node', '/opt/arpo-env/bin/arpo-env.js'],
      run: async (program, args) => {
        const line = [program, ...args].join(' ');
        this.asked.push(line);
        const key = Object.keys(this.answers).find((part) => line.includes(part));
        return { exitCode: 0, stdout: '', stderr: '', ...(key === undefined ? {} : this.answers[key]) };
      },
      ...changes,
    };
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

export const SPEC: ServiceSpec = {
  kind: 'serve',
  args: ['--config', '/home/user/arpo-env.config.yaml'],
  workingDirectory: '/home/user',
  noNewPrivileges: true,
};
