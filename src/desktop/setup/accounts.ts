/**
 * Steps that act on a Google account: known and checked, never run. All 8 of OSWorld's tasks that log in also clear a
 * Google Drive through PyDrive, in a settings file with secrets of an account that only the user has; the other 361 need neither.
 */
import { z } from 'zod';
import type { CredentialStep } from './step-kind.js';

export const login: CredentialStep = {
  parameters: z.strictObject({ settings_file: z.string().min(1), platform: z.literal('googledrive') }),
  credentials: 'the e-mail address and password of a Google account (JSON with `email` and `password`)',
};

export const googledrive: CredentialStep = {
  parameters: z.strictObject({
    settings_file: z.string().min(1),
    operation: z.array(z.enum(['delete', 'mkdirs', 'upload'])),
    args: z.array(z.record(z.string(), z.unknown())),
  }),
  credentials:
    'OAuth access to a Google Drive (PyDrive settings.yml with a client id, a secret and saved credentials)',
};
