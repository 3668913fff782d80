/** One schema for the whole topology: every field with its default, unit and meaning. Loaded by `load.ts`. */
import { z } from 'zod';
import { choice, integer } from './fields.js';
import { clusterSchema } from './schema/cluster.js';
import { evaluatorsSchema } from './schema/evaluators.js';
import { providersSchema } from './schema/providers.js';
import { serverSchema } from './schema/server.js';
import { setupSchema } from './schema/setup.js';
import { tunnelSchema } from './schema/tunnel.js';

const screenSchema = z.strictObject({
  width: integer(320, 16_384).prefault(1920).describe('Width of the desktops, in pixels.'),
  height: integer(240, 16_384).prefault(1080).describe('Height of the desktops, in pixels.'),
});

export const configSchema = z.strictObject({
  provider: choice(['auto', 'docker', 'vmware', 'aws', 'remote', 'local', 'attach', 'sim'])
    .prefault('auto')
    .describe('Where desktops come from; auto takes the best one that works here and says which.'),
  screen: screenSchema.prefault({}).describe('The screen of the desktops.'),
  server: serverSchema.prefault({}).describe('The env server: what trainers talk to.'),
  providers: providersSchema
    .prefault({})
    .describe('Settings of each provider; only those of the chosen one are used.'),
  evaluators: evaluatorsSchema.prefault({}).describe('Who scores episodes.'),
  tunnel: tunnelSchema.prefault({}).describe('The reverse tunnel: cluster 127.0.0.1:15001 → env server.'),
  cluster: clusterSchema.prefault({}).describe('The training side.'),
  setup: setupSchema.prefault({}).describe('What setup-vm installs.'),
});

/** The config as the program sees it: complete, durations in milliseconds, sizes in bytes, paths absolute. */
export type Config = z.output<typeof configSchema>;

/** `server.port`: each field of the config by its path; a section is none. */
export type ConfigPath = PathOf<Config>;

type PathOf<Section> = {
  [Key in keyof Section & string]: NonNullable<Section[Key]> extends readonly unknown[]
    ? Key
    : NonNullable<Section[Key]> extends object
      ? `${Key}.${PathOf<NonNullable<Section[Key]>>}`
      : Key;
}[keyof Section & string];

/** The config as a person writes it: everything optional, `90s`, `4G`. */
export type ConfigInput = z.input<typeof configSchema>;
