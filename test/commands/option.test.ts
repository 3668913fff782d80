import { expect, expectTypeOf, test } from 'vitest';
import { defineCommand } from '../../src/commands/command.js';
import { givenFields } from '../../src/commands/given-fields.js';
import { argument, type FlagsOf, fieldArgument, fieldOption, option } from '../../src/commands/option.js';

const OPTIONS = [
  fieldOption('server.maxSteps', '--max-steps <n>', 'actions'),
  fieldOption('provider', '--provider <name>', 'where from', { default: 'auto' }),
  option('--only <names...>', 'these'),
  option('--screen <kind>', 'which', { choices: ['x11', 'sim'], default: 'x11' }),
  option('-f, --follow', 'go on'),
] as const;

test('what a handler gets follows from the options', () => {
  expectTypeOf<FlagsOf<typeof OPTIONS>>().toEqualTypeOf<{
    maxSteps: string | undefined;
    provider: string;
    only: string[] | undefined;
    screen: 'x11' | 'sim';
    follow: boolean | undefined;
  }>();
  expect(OPTIONS.map(({ key }) => key)).toEqual(['maxSteps', 'provider', 'only', 'screen', 'follow']);
});

test('a misspelt option, argument or config key does not compile', () => {
  // @ts-expect-error server.prot is not a field
  const misspelt = fieldOption('server.prot', '--port <port>', 'port');
  // @ts-expect-error a section is not a field
  const section = fieldOption('server', '--server <x>', 'server');
  // @ts-expect-error tunnel.hots is not a field
  const word = fieldArgument('tunnel.hots', '[host]', 'host');
  const command = defineCommand({
    arguments: [argument('<what>', 'which', { choices: ['serve', 'tunnel'] })],
    options: OPTIONS,
    examples: [],
    async run(_context, flags, what) {
      expectTypeOf(what).toEqualTypeOf<'serve' | 'tunnel'>();
      // @ts-expect-error the option is called maxSteps
      return void flags.maxStep;
    },
  });
  expect([misspelt, section, word, command]).toHaveLength(4);
});

test('what sets config fields becomes a partial config, and each field knows its flag', () => {
  const args = [fieldArgument('tunnel.host', '[host]', 'the cluster')];
  const flags = { maxSteps: '8', provider: 'auto', follow: true };
  expect(givenFields(OPTIONS, flags, args, ['deepx'])).toEqual({
    values: { server: { maxSteps: '8' }, provider: 'auto', tunnel: { host: 'deepx' } },
    names: { 'server.maxSteps': '--max-steps', provider: '--provider', 'tunnel.host': 'host' },
  });
});
