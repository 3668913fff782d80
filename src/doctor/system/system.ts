/** The machine as checks see it: every look goes through here, so that a test can put another machine in its place. */

import type { InstanceMetadata } from '../../aws/instance-metadata.js';
import type { Config } from '../../config/schema.js';
import type { Problem } from '../../errors.js';
import type { KvmFacts } from '../../host/kvm/facts.js';
import type { KvmFailure } from '../../host/kvm/failures.js';
import type { KvmFinding } from '../../host/kvm/kvm.js';
import type { RunList } from '../../runs/registry.js';

export interface RunOptions {
  signal: AbortSignal;
  /** Default 5000. */
  timeoutMs?: number;
  input?: string;
}

export interface RunResult {
  /** 127 when the program is missing; null when it was ended for its time limit. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface FileFacts {
  kind: 'file' | 'folder' | 'other';
  /** Bytes. */
  size: number;
  /** Permission bits. */
  mode: number;
}

/** How a TCP connection went; `words` is the system's own. */
export type TcpAnswer =
  | { kind: 'open'; banner: string }
  | { kind: 'refused' | 'silent' | 'unreachable'; words: string };

export type HttpAnswer =
  | { kind: 'answer'; status: number; headers: Readonly<Record<string, string>>; body: string }
  /** `silent`: accepted or dropped, and no answer in time. `closed`: cut off, or not HTTP. */
  | { kind: 'refused' | 'silent' | 'closed' | 'unreachable'; words: string };

export interface HttpOptions {
  headers?: Readonly<Record<string, string>>;
  /** Default 3000. */
  timeoutMs?: number;
  signal: AbortSignal;
}

export interface System {
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
  /** Never rejects but for the signal's reason. English output, no terminal. */
  run(argv: readonly [string, ...string[]], options: RunOptions): Promise<RunResult>;
  /** Null when it is not there or may not be read. */
  readText(path: string): Promise<string | null>;
  /** The last `bytes` of a text file; null as above. */
  readEnd(path: string, bytes: number): Promise<string | null>;
  stat(path: string): Promise<FileFacts | null>;
  /** Names in a folder; empty when it is missing. */
  list(folder: string): Promise<string[]>;
  /** Bytes that this user may write at `path` or at its nearest parent that exists. */
  freeBytes(path: string): Promise<number>;
  /** With `banner` it waits for the first line that the other side says. */
  connect(
    host: string,
    port: number,
    options: { signal: AbortSignal; timeoutMs: number; banner?: boolean },
  ): Promise<TcpAnswer>;
  get(url: URL, options: HttpOptions): Promise<HttpAnswer>;
  /** Addresses of a name; empty when it has none. */
  lookup(name: string): Promise<string[]>;
  /** `pid 4711 (python …)` of whoever listens, or null when it cannot be seen. */
  portHolder(port: number): Promise<string | null>;
  runs(): Promise<RunList>;
  /** Of an EC2 instance; null elsewhere. */
  metadata(signal: AbortSignal): Promise<InstanceMetadata | null>;
  kvm(): Promise<KvmFacts>;
  /** What real guests died of under KVM here, with the file that remembers it; null when none did. */
  kvmFailure(): Promise<{ failure: KvmFailure; file: string } | null>;
  /** Boots a tiny guest under KVM. */
  tryKvm(signal: AbortSignal): Promise<KvmFinding>;
  /** What `auto` would take here, and why. */
  chooseProvider(config: Config): Promise<{ name: string; why: string }>;
  /** What the configured provider itself finds wrong. */
  preflight(config: Config): Promise<Problem[]>;
}
