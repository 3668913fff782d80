/** A user of this machine for one test, made by root and removed again with its home. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';

export class MachineUser implements Disposable {
  readonly name = `arpo-${randomUUID().slice(0, 8)}`;
  readonly uid: number;
  readonly home = `/home/${this.name}`;

  constructor() {
    execFileSync('useradd', ['--create-home', '--home-dir', this.home, '--shell', '/bin/bash', this.name]);
    this.uid = Number(execFileSync('id', ['-u', this.name]));
  }

  /** What stands before a command that is this user's. */
  get become(): string[] {
    return ['setpriv', `--reuid=${this.name}`, `--regid=${this.name}`, '--init-groups', '--'];
  }

  /** Nothing of it may run any more. */
  [Symbol.dispose](): void {
    execFileSync('userdel', ['--remove', this.name], { stdio: 'ignore' });
  }
}
