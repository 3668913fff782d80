/**
 * A machine, here or elsewhere, as those see it who look at one or change one: small contracts, of which each names what it
 * needs. Every look goes through here, so that a test can put another machine in its place.
 */
import type { Readable } from 'node:stream';
import type { KvmFacts } from './kvm/facts.js';
import type { KvmFinding } from './kvm/kvm.js';

export interface Host
  extends HostFacts,
    HostPrograms,
    HostFiles,
    HostProcesses,
    HostNetwork,
    HostVirtualization {}

/** What does not change while a program runs. */
export interface HostFacts {
  readonly platform: NodeJS.Platform;
  /** As `process.arch` names it. */
  readonly arch: string;
  readonly nodeVersion: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly user: { name: string; uid: number; groups: readonly number[]; home: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export type Argv = readonly [program: string, ...args: string[]];

/** `root`: through sudo, which must not ask. `docker`: this user, with groups joined since the last login. */
export type RunAs = 'user' | 'root' | 'docker';

export interface RunOptions {
  /** Ends the program; its reason is thrown. */
  signal: AbortSignal;
  /** Default 5000. */
  timeoutMs?: number | undefined;
  /** What it reads on stdin. Default: nothing. */
  input?: string | Readable | undefined;
  /** Default: `user`. */
  as?: RunAs | undefined;
  /** Default: the folder of this process; over SSH, the user's home. */
  cwd?: string | undefined;
  /** On top of the environment. */
  env?: Readonly<Record<string, string>> | undefined;
}

export interface RunResult {
  /** 127 when the program is missing; null when it was ended for its limit of time, or of what it may write. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface FollowOptions extends RunOptions {
  input?: string | undefined;
  /** Gets each line of both outputs as it comes, also those that overwrite themselves. */
  onLine(line: string): void;
  /** With a terminal of its own, for a program that tells how far it is to a terminal only. Default: false. */
  terminal?: boolean | undefined;
}

export interface Followed {
  /** As in `RunResult`. */
  exitCode: number | null;
  /** The last lines of both its outputs. */
  lines: readonly string[];
}

export interface HostRunner {
  /** Never rejects but for the signal's reason. English output, no terminal, no shell in between. */
  run(argv: Argv, options: RunOptions): Promise<RunResult>;
}

export interface HostPrograms extends HostRunner {
  /** As `run`, for what takes long: all that it started is ended with it. */
  follow(argv: Argv, options: FollowOptions): Promise<Followed>;
}

export interface FileFacts {
  kind: 'file' | 'folder' | 'other';
  /** Bytes. */
  size: number;
  /** Permission bits. */
  mode: number;
  /** The file's number in its file system, by which the kernel names it elsewhere. */
  inode: number;
}

export interface HostFiles {
  /** Null when it is not there or may not be read. */
  readText(path: string): Promise<string | null>;
  /** The last `bytes` of a text file; null as above. */
  readEnd(path: string, bytes: number): Promise<string | null>;
  /** Null when it is not there or may not be looked at. */
  stat(path: string): Promise<FileFacts | null>;
  /** Names in a folder; empty when it is missing. */
  list(folder: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** Bytes that this user may write at `path` or at its nearest parent that exists. */
  freeBytes(path: string): Promise<number>;
}

export interface HostProcesses {
  /** All that run, with their command lines. */
  processes(): Promise<{ pid: number; command: string }[]>;
  /** `pid 4711 (python …)` of whoever listens, or null when it cannot be seen. */
  portHolder(port: number): Promise<string | null>;
}

/** How a TCP connection went; `words` is the system's own. */
export type TcpAnswer =
  | { kind: 'open'; banner: string }
  | { kind: 'refused' | 'silent' | 'unreachable'; words: string };

export type HttpAnswer =
  | { kind: 'answer'; status: number; headers: Readonly<Record<string, string>>; body: string }
  /** `silent`: accepted or dropped, and no answer in time. `closed`: cut off, or not HTTP. */
  | { kind: 'refused' | 'silent' | 'closed' | 'unreachable'; words: string };

export interface ConnectOptions {
  signal: AbortSignal;
  timeoutMs: number;
  /** Waits for the first line that the other side says. Default: false. */
  banner?: boolean | undefined;
}

export interface HttpOptions {
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default 3000. */
  timeoutMs?: number | undefined;
  signal: AbortSignal;
}

/** What this machine reaches. No proxy is ever used. */
export interface HostNetwork {
  connect(host: string, port: number, options: ConnectOptions): Promise<TcpAnswer>;
  get(url: URL, options: HttpOptions): Promise<HttpAnswer>;
  /** Addresses of a name; empty when it has none. */
  lookup(name: string): Promise<string[]>;
}

export interface HostVirtualization {
  kvm(): Promise<KvmFacts>;
  /** Boots a tiny guest under KVM. */
  tryKvm(signal: AbortSignal): Promise<KvmFinding>;
}
