/** The sleep step: gives the guest the time that the task's author found it needs. */
import { z } from 'zod';
import { sleep as wait } from '../../lib/wait.js';
import { step } from './step-kind.js';

const DAY_SECONDS = 86_400;

export const sleep = step(
  z.strictObject({ seconds: z.number().nonnegative().max(DAY_SECONDS) }),
  async ({ seconds }, { signal }) => wait(seconds * 1000, signal),
);
