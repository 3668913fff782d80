/** How the envs of one server behave; the same for each of them. */
export interface EnvSettings {
  /** Actions (not requests) after which an episode ends. Default 16, as in the Python server. */
  maxSteps: number;
  /** Size of the desktops' screen in pixels. Default 1920×1080. */
  screen: { width: number; height: number };
  /** Milliseconds after each action before the next one or the screenshot; WAIT takes two. Default 500. */
  actionPauseMs: number;
  /**
   * `reference` waits `actionPauseMs` after each action, as the Python server does; `quick` until the screen has come to
   * rest, and no longer than the reference. Default `reference`.
   */
  pace: 'reference' | 'quick';
  /** Password of the guest's user, for task setup. Default `password`. */
  clientPassword: string;
  /** What a failing evaluator answers: its error, or reward 0.0 as the Python server did. Default `fail`. */
  evaluateErrors: 'fail' | 'zero';
  /**
   * What a reset does with a task that nobody can score here: E_EVALUATOR_UNAVAILABLE before anything boots, or the
   * episode, whose `evaluate` then answers that. Default `refuse`.
   */
  unscorable: 'refuse' | 'play';
  /** How often a reset is tried before its errors are answered. Default 3. */
  resetAttempts: number;
  /** Operations that may wait on one env before E_BUSY. Default 16. */
  queueLimit: number;
  /** Milliseconds that a desktop may take to become ready. Default 300 000; software emulation wants 3 600 000. */
  readyTimeoutMs: number;
  /** Somebody chose it: it holds also where desktops turn out to be slow. Default false. */
  isReadyTimeoutFixed: boolean;
  /** Folder for what tasks download and leave. Default `arpo-env` in XDG_CACHE_HOME or `~/.cache`. */
  cacheDir: string;
}
