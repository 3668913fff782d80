import { expect, test } from 'vitest';
import { fieldHelp } from '../../src/config/field-help.js';

test.each([
  ['server.port', '(default: 18082)'],
  ['server.dialect', '(uitars, uitars-reference; default: uitars)'],
  ['server.readyTimeout', '(default: 300s with KVM, 3600s without)'],
  ['server.insecure', ''],
  ['server.allow', ''],
  ['server.tokenFile', ''],
] as const)('%s: %j', (path, help) => expect(fieldHelp()(path)).toBe(help));
