/** What happens in the envs and to their desktops, as log lines: a warning for what a person may want to act on, debug for what only explains. */
import type { FastifyBaseLogger } from 'fastify';
import type { ServerEvent } from './server-envs.js';

export function logEvent(log: FastifyBaseLogger, event: ServerEvent): void {
  const { level, text, fields = {} } = lineOf(event);
  log[level]('env' in event ? { env: event.env, ...fields } : fields, text);
}

interface Line {
  level: 'debug' | 'info' | 'warn' | 'error';
  text: string;
  fields?: object | undefined;
}

function lineOf(event: ServerEvent): Line {
  switch (event.type) {
    case 'state':
      return { level: 'debug', text: `env is ${event.state}` };
    case 'operation': {
      const fields = { durationMs: Math.round(event.durationMs), ...event.error?.toJSON() };
      // Nobody has to act on what ended because the server or its client did.
      if (event.error?.code === 'E_INTERRUPTED')
        return { level: 'info', text: `${event.operation} interrupted`, fields };
      return event.error
        ? { level: 'warn', text: `${event.operation} failed`, fields }
        : { level: 'info', text: `${event.operation} done`, fields };
    }
    case 'reset-attempt-failed': {
      const text = `attempt ${event.attempt} of ${event.attempts} to reset failed`;
      // The line of the failed reset has the same in it, and the desktop's last log lines with it.
      if (event.isLast) return { level: 'debug', text };
      return { level: 'warn', text, fields: event.error.toJSON() };
    }
    case 'restore-failed': {
      const fields = { desktop: event.desktop, ...event.error.toJSON() };
      return { level: 'warn', text: 'a desktop was not restored; the env takes another', fields };
    }
    case 'setup-progress':
      return { level: 'debug', text: event.text };
    case 'evaluator-unavailable': {
      const fields = { task: event.task, ...event.problem };
      const text = event.isPlayed
        ? 'the task can be played but not scored'
        : 'a task was refused: nobody can score it here';
      return { level: 'warn', text, fields };
    }
    case 'prediction-unparsed':
      return { level: 'warn', text: `a prediction could not be parsed: ${event.problem}` };
    case 'action-problem': {
      const text = event.failed ? 'an action failed' : 'an action wrote to stderr';
      return { level: 'warn', text, fields: event.problem };
    }
    case 'episode-ended':
      return { level: 'info', text: `episode ended by ${event.why}`, fields: { steps: event.steps } };
    case 'episode-scored':
      return { level: 'info', text: 'episode scored', fields: { reward: event.reward } };
    case 'evaluate-zeroed': {
      const text = 'evaluate failed and answered 0.0, as evaluateErrors asks';
      return { level: 'warn', text, fields: event.error.toJSON() };
    }
    case 'judges':
      return {
        level: event.warning === null ? 'info' : 'warn',
        text: event.warning === null ? event.description : `${event.description}; ${event.warning}`,
      };
    case 'boot': {
      const { desktop, outcome, watch, chromeCdp = true, error } = event;
      const durationMs = Math.round(event.durationMs);
      const fields = { desktop, durationMs, ...(watch ? { watch: watch.href } : {}), ...error?.toJSON() };
      return {
        level: outcome === 'failed' ? 'warn' : 'info',
        text: `boot: ${outcome}${outcome === 'ready' && !chromeCdp ? ', without Chrome CDP' : ''}`,
        fields,
      };
    }
    case 'boot-again': {
      const fields = { desktop: event.desktop, ...event.error.toJSON() };
      return { level: 'info', text: 'a desktop ended in its boot; another boots in its place', fields };
    }
    case 'desktop-stopped': {
      const fields = { desktop: event.desktop, ...event.error?.toJSON() };
      return event.error
        ? { level: 'error', text: 'a desktop was not stopped', fields }
        : { level: 'info', text: 'desktop released', fields };
    }
  }
}
