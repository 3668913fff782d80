/** A connection whose other end is a program's standard input and output, as `ssh -W` offers it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

const KEPT_WORDS = 2000;

/** Ends with the program. When that fails, the error is what it wrote to stderr, with the code ESSH. */
export class SshChannel extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #words = '';

  constructor(args: readonly string[]) {
    super();
    this.#child = spawn('ssh', args, { stdio: 'pipe' });
    const { stdin, stdout, stderr } = this.#child;
    stdout.on('data', (chunk: Buffer) => void (this.push(chunk) || stdout.pause()));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-KEPT_WORDS);
    });
    // A broken pipe only says that the program has ended; its own words, which follow, say why.
    stdin.on('error', () => undefined);
    this.#child.once('error', (error) => this.destroy(sshError(error.message)));
    this.#child.once('exit', (code) => {
      const fail = () => this.destroy(sshError(this.#words.trim() || `ssh ended with exit code ${code}`));
      if (code) this.#child.once('close', fail);
      // `close` would wait for the shared connection as well, which goes on in the background with the same stderr.
      else if (stdout.readableEnded) this.push(null);
      else stdout.once('end', () => this.push(null));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill('SIGKILL');
    done(error);
  }
}

function sshError(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: 'ESSH' });
}
