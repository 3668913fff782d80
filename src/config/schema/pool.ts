import { z } from 'zod';
import { bindAddress, boolean, fieldMeta, port, text } from '../fields.js';

/** `arpo-env pool`: the multi-tenant desktop server of seed 05; its desktops are those of providers.docker. */
export const poolSchema = z.strictObject({
  host: bindAddress().prefault('127.0.0.1').describe('Address that the pool server listens on.'),
  port: port().prefault(50003).describe('Port of the pool server.'),
  tokens: z
    .record(z.string(), z.int().min(0))
    .register(fieldMeta, {
      kind: 'map',
      allowed: 'lines of `token: limit`, the limit a whole number from 0 up',
      secret: true,
    })
    .prefault({})
    .describe('Who may start desktops, and how many at once.'),
  requireToken: boolean()
    .prefault(true)
    .describe('Only the token that started a desktop may stop it. Off: anybody may.'),
  headerName: text('the name of an HTTP header', /^[\w-]+$/)
    .prefault('Authorization')
    .describe('Header that carries the token.'),
  bearerPrefix: text('a text', /^/)
    .prefault('Bearer ')
    .describe('What stands before the token in the header.'),
});
