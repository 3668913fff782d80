import { z } from 'zod';
import {
  bindAddress,
  boolean,
  choice,
  cidr,
  duration,
  integer,
  interval,
  list,
  namedChoice,
  path,
  port,
  secret,
  size,
  text,
} from '../fields.js';

const MODELS = ['ui-tars-1.0', 'ui-tars-1.5', 'doubao-1.5-ui-tars', 'ui-tars-2'] as const;

/** As the weights are called that ByteDance-Seed has on Hugging Face: the first ones have no version in their names. */
const PUBLISHED = [
  [/^ui-tars-(?:2|7|72)b-(?:sft|dpo)$/, 'ui-tars-1.0'],
  [/^ui-tars-1\.5-7b$/, 'ui-tars-1.5'],
] as const;

/** In any case, and with or without an owner. */
function modelOf(text: string): (typeof MODELS)[number] | undefined {
  const name = text.toLowerCase().replace(/^.*\//, '');
  return MODELS.find((known) => known === name) ?? PUBLISHED.find(([published]) => published.test(name))?.[1];
}

/** `arpo-env serve`: what trainers talk to. */
export const serverSchema = z.strictObject({
  host: bindAddress()
    .prefault('127.0.0.1')
    .describe('Address that the env server listens on. Any other than loopback needs a token.'),
  port: port().prefault(18082).describe('Port of the env server; 0 takes a free one.'),
  envs: integer(1, 256).prefault(1).describe('How many envs; env k is reached under /envs/k.'),
  standby: integer(0, 256)
    .prefault(0)
    .describe('How many desktops are kept booted ahead, so that a reset swaps instead of booting.'),
  maxSteps: integer(1)
    .prefault(16)
    .describe("Actions after which an episode ends. At most the trainer's own env.max_steps."),
  dialect: choice(['uitars', 'uitars-reference'])
    .prefault('uitars')
    .describe('How predictions are read: as the model meant them, or byte for byte as the reference does.'),
  model: namedChoice(MODELS, modelOf)
    .optional()
    .describe(
      'The model that is trained, also by its name on Hugging Face: models differ in how they point. Unset: as ui-tars-1.5.',
    ),
  coordinates: choice(['auto', 'absolute', 'relative'])
    .prefault('auto')
    .describe(
      'How the model points: in pixels of the resized screenshot, or in thousandths of the screen. auto goes by server.model.',
    ),
  pace: choice(['reference', 'quick'])
    .prefault('reference')
    .describe(
      'How long a step waits. reference: 0.5 s after each action and 0.1 s for each typed character, as the Python server does. quick: until the screen is at rest, and never longer than reference. A wait that the model asks for is as long at both.',
    ),
  readyTimeout: duration()
    .optional()
    .describe('How long a desktop may take to become ready. Unset: 300s with KVM, 3600s without.'),
  ready: choice(['auto', 'screenshot', 'both'])
    .prefault('auto')
    .describe(
      'What a boot waits for. auto: the screenshot and, for a while, Chrome CDP. screenshot: that alone. both: as the Python server, until the boot fails.',
    ),
  evaluateErrors: choice(['fail', 'zero'])
    .prefault('fail')
    .describe('What a failing evaluator answers: an HTTP error, or reward 0.0 as the Python server did.'),
  queueLimit: integer(1)
    .prefault(16)
    .describe('How many operations may wait on one env before it answers 503 with Retry-After.'),
  // The largest task of OSWorld has 6 kB, and reading a body of 8 MB holds up every env for 40 ms.
  bodyLimit: size().prefault('2M').describe('Largest request body that is read.'),
  heartbeat: interval()
    .prefault('60s')
    .describe(
      'How often a client that waits for reset, step or evaluate is sent a blank, so that its read limit does not end the call; never sends none.',
    ),
  token: secret('a token without blanks')
    .optional()
    .describe('The token that clients must send. Better kept in tokenFile or in ARPO_ENV_TOKEN.'),
  tokenFile: path('the path of a file that holds one token')
    .optional()
    .describe('File whose content is the token that clients must send.'),
  insecure: boolean()
    .prefault(false)
    .describe('Listen beyond loopback without a token. Whoever reaches the port then controls the desktops.'),
  allow: list(cidr(), 'CIDR ranges such as 10.0.0.0/8 or 192.0.2.7/32')
    .prefault([])
    .describe('Only clients from these ranges are answered; empty allows all.'),
  engine: choice(['native', 'uvicorn'])
    .prefault('native')
    .describe(
      "This env server, or the Python one of your own repo (see server.repo) under this one's supervision.",
    ),
  repo: path('the path of a clone')
    .optional()
    .describe('Clone whose Python env server the engine uvicorn runs, with its venv.'),
  app: text('module:attribute', /^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$/)
    .prefault('scripts.remote_env_server:app')
    .describe('The ASGI app in that clone.'),
});
