/** The getter of values that stand in the task itself. */
import { z } from 'zod';
import { getter } from './getter.js';

export const rule = getter(
  z.looseObject({ rules: z.unknown() }).refine(({ rules }) => rules !== undefined, 'rules is missing'),
  ({ rules }) => rules,
);
