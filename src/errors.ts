/** The one error class and the one table of codes. Below every floor: any room may import it, it imports none. */

interface CodeInfo {
  /** What a person reads in the table of the README's troubleshooting section. */
  title: string;
  /** Process exit code: 1 failed, 2 wrong usage or config, 3 unhealthy. */
  exit: 1 | 2 | 3;
  /** Status when the error is answered over HTTP. */
  http: number;
}

export const ERROR_CODES = {
  E_INTERNAL: { title: 'a defect of arpo-env itself', exit: 1, http: 500 },
  E_USAGE: { title: 'a flag or argument is wrong', exit: 2, http: 400 },
  E_CONFIG: {
    title: 'the config file, an environment variable or a flag has a wrong value',
    exit: 2,
    http: 500,
  },
  E_INTERRUPTED: { title: 'stopped by Ctrl-C or SIGTERM', exit: 1, http: 503 },
  E_TIMEOUT: { title: 'something did not answer within its time limit', exit: 1, http: 504 },
  E_PROCESS_TABLE: { title: 'running processes cannot be seen', exit: 1, http: 500 },
  E_BACKGROUND: {
    title: 'a process in the background ended before it was ready, or could not be stopped',
    exit: 1,
    http: 500,
  },
  E_ENGINE: { title: 'the Python env server of --engine uvicorn cannot run', exit: 1, http: 500 },
  E_SERVICE: { title: 'the service manager is missing or refused', exit: 1, http: 500 },
  E_SERVER_UNREACHABLE: { title: 'the env server does not answer', exit: 3, http: 502 },
  E_NO_LOG: { title: 'there is no log file to show', exit: 1, http: 404 },
  E_PORT_IN_USE: { title: 'another process listens on the port', exit: 1, http: 500 },
  E_NO_PERMISSION: { title: 'a file, folder or port may not be used by this user', exit: 1, http: 500 },
  E_DISK_FULL: { title: 'no space left on the device', exit: 1, http: 500 },
  E_FILE_LIMIT: { title: 'this process may not open more files and connections', exit: 1, http: 503 },
  E_NO_TOKEN: { title: 'others can reach the env server, and it asks for no token', exit: 2, http: 500 },
  E_UNAUTHORIZED: { title: 'the token is missing or wrong', exit: 1, http: 401 },
  E_FORBIDDEN: { title: 'the client may not use this server', exit: 1, http: 403 },
  E_BAD_REQUEST: { title: 'the request is malformed', exit: 1, http: 400 },
  E_BODY_TOO_LARGE: { title: 'the request body is over the limit', exit: 1, http: 413 },
  E_NOT_FOUND: { title: 'no such route or env', exit: 1, http: 404 },
  E_METHOD_NOT_ALLOWED: { title: 'the route exists, but not with this method', exit: 1, http: 405 },
  E_VALIDATION: { title: 'the request body has a missing or ill-typed field', exit: 1, http: 422 },
  E_KEY_REUSED: { title: 'an Idempotency-Key was used again for another request', exit: 1, http: 422 },
  E_BUSY: { title: 'the env has too many operations waiting', exit: 1, http: 503 },
  E_NOT_READY: { title: 'the env is not ready for this operation', exit: 3, http: 503 },
  E_PROVIDER_UNAVAILABLE: { title: 'the provider cannot work on this machine', exit: 1, http: 503 },
  E_DOCKER: { title: 'the Docker daemon cannot be used', exit: 1, http: 503 },
  E_IMAGE: {
    title: "the desktop's Docker image is missing or cannot be pulled or built",
    exit: 1,
    http: 503,
  },
  E_QCOW2: { title: "the guest's disk image (.qcow2) cannot be used", exit: 1, http: 503 },
  E_VMWARE: { title: 'VMware, or the virtual machine that it is to run, cannot be used', exit: 1, http: 503 },
  E_AWS: { title: 'EC2 does not answer, or failed', exit: 1, http: 503 },
  E_AWS_CREDENTIALS: { title: 'AWS credentials are missing, wrong or expired', exit: 1, http: 503 },
  E_AWS_PERMISSION: { title: 'AWS does not allow what desktops on EC2 need', exit: 1, http: 503 },
  E_AWS_SETTINGS: {
    title: 'the region, network, image or instance type of desktops on EC2 is missing or wrong',
    exit: 2,
    http: 503,
  },
  E_AWS_CAPACITY: { title: 'EC2 has no such instance left', exit: 1, http: 503 },
  E_AWS_QUOTA: { title: "the AWS account's quota is used up", exit: 1, http: 503 },
  E_AWS_THROTTLED: { title: 'EC2 takes no more requests of the account for now', exit: 1, http: 503 },
  E_OUT_OF_MEMORY: { title: 'there is not enough memory for the desktop', exit: 1, http: 503 },
  E_BOOT_FAILED: { title: 'a desktop did not become ready', exit: 3, http: 503 },
  E_AGENT_UNREACHABLE: { title: 'the guest agent does not answer', exit: 1, http: 502 },
  E_AGENT_FAILED: { title: 'the guest agent answered with an error', exit: 1, http: 502 },
  E_GUEST_CODE: { title: 'the desktop could not carry out an action', exit: 1, http: 500 },
  E_TASK_INVALID: { title: 'the task config cannot be used', exit: 1, http: 422 },
  E_TASK_CREDENTIALS: {
    title: 'a task setup step needs an account that arpo-env does not use',
    exit: 1,
    http: 422,
  },
  E_DOWNLOAD_FAILED: { title: 'a file of the task cannot be downloaded', exit: 1, http: 502 },
  E_CHROME_UNREACHABLE: {
    title: "the desktop's Chrome does not answer on its CDP port",
    exit: 1,
    http: 502,
  },
  E_UNSUPPORTED_MACHINE: { title: 'setup-vm does not support this machine', exit: 1, http: 500 },
  E_NO_SUDO: { title: 'setup-vm needs root, and sudo does not give it', exit: 1, http: 500 },
  E_SETUP_STEP: { title: 'a step of setup-vm failed', exit: 1, http: 500 },
  E_SETUP_FAILED: { title: 'a task setup step failed', exit: 1, http: 500 },
  E_EVALUATE_FAILED: { title: 'the evaluator failed', exit: 1, http: 500 },
  E_EVALUATOR_UNAVAILABLE: { title: 'a metric or getter of the task is not available', exit: 1, http: 501 },
  E_EVALUATORS_INSTALL: {
    title: "OSWorld's evaluators are not installed, or cannot be installed here",
    exit: 1,
    http: 501,
  },
  E_SSH_HOST: { title: 'the SSH host cannot be resolved or reached', exit: 1, http: 502 },
  E_SSH_HOST_KEY: { title: 'the SSH host key is unknown or has changed', exit: 1, http: 502 },
  E_SSH_AUTH: { title: 'the SSH server refused the login', exit: 1, http: 502 },
  E_SSH_KEY_FILE: {
    title: 'a private key is missing, unreadable or readable by others',
    exit: 1,
    http: 502,
  },
  E_TUNNEL_FORWARD: { title: 'the SSH server refused the remote forward', exit: 1, http: 502 },
  E_TUNNEL_PORT_HELD: {
    title: "the tunnel's port on the cluster is held by somebody else",
    exit: 1,
    http: 502,
  },
  E_TUNNEL_LOCAL: { title: 'the env server behind the tunnel does not answer', exit: 3, http: 502 },
} as const satisfies Record<string, CodeInfo>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Something that is wrong and what fixes it; also what a provider's `preflight` returns. */
export interface Problem {
  code: ErrorCode;
  /** What happened, with the concrete values, in one sentence. */
  message: string;
  /** What to do now: preferably a command to paste. */
  fix: string;
}

/** Every error a user can meet. `fix` is the fix; a `code` is stable across releases. */
export class ArpoEnvError extends Error implements Problem {
  override readonly name = 'ArpoEnvError';
  readonly code: ErrorCode;
  readonly fix: string;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.message, options);
    this.code = problem.code;
    this.fix = problem.fix;
  }

  /** The body of `--json` errors and, with `detail`, of HTTP problem documents. */
  toJSON(): Problem {
    return { code: this.code, message: this.message, fix: this.fix };
  }
}

/** The error and those of ours that caused it, outermost first. */
export function causesOf(error: ArpoEnvError): ArpoEnvError[] {
  const chain: ArpoEnvError[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ArpoEnvError) chain.push(cause);
  }
  return chain;
}

/** Wraps what is not ours, so that nothing escapes without a code; an AbortError is E_INTERRUPTED, a TimeoutError E_TIMEOUT, too many open files E_FILE_LIMIT. */
export function toArpoEnvError(error: unknown): ArpoEnvError {
  if (error instanceof ArpoEnvError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError') {
    return new ArpoEnvError(
      { code: 'E_INTERRUPTED', message: 'interrupted', fix: 'run the command again' },
      { cause: error },
    );
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new ArpoEnvError(
      {
        code: 'E_TIMEOUT',
        message: 'it took longer than its time limit',
        fix: 'run again with --log-level debug to see where',
      },
      { cause: error },
    );
  }
  if (error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE')) {
    return new ArpoEnvError({ code: 'E_FILE_LIMIT', message, fix: 'ulimit -n 65536' }, { cause: error });
  }
  // What Node also says of a file that it may not open any more.
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    const fix = 'ulimit -n 65536; where that does not help, install arpo-env again';
    return new ArpoEnvError({ code: 'E_FILE_LIMIT', message, fix }, { cause: error });
  }
  return new ArpoEnvError(
    { code: 'E_INTERNAL', message, fix: 'run again with --log-level debug and report what it prints' },
    { cause: error },
  );
}
