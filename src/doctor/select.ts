/** Which checks are run: those that make sense on this machine, and of these perhaps only some with what they need. */
import { nearestName } from '../config/nearest.js';
import { ArpoEnvError } from '../errors.js';
import type { Check } from './check.js';
import { ENV_MACHINES, type Role } from './role.js';

/** `only`: ids, families (`ssh`) or links (`tunnel`); empty: all. Throws E_USAGE for a name that nothing has. */
export function selectChecks(checks: readonly Check[], role: Role, only: readonly string[]): Check[] {
  const here = checks.filter(({ roles = ENV_MACHINES }) => roles.includes(role));
  if (only.length === 0) return here;
  for (const name of only) if (!checks.some((check) => isNamed(check, name))) throw unknownName(checks, name);
  const chosen = new Set(
    here.filter((check) => only.some((name) => isNamed(check, name))).map(({ id }) => id),
  );
  // A set grows while it is walked: needs of needs are met too.
  for (const id of chosen) {
    for (const need of here.find((check) => check.id === id)?.needs ?? []) chosen.add(need);
  }
  return here.filter(({ id }) => chosen.has(id));
}

function isNamed({ id, link }: Check, name: string): boolean {
  return id === name || link === name || id.startsWith(`${name}.`);
}

function unknownName(checks: readonly Check[], name: string): ArpoEnvError {
  const names = new Set(checks.flatMap(({ id, link }) => [id, link, id.replace(/\..*/, '')]));
  const nearest = nearestName(name, [...names]);
  return new ArpoEnvError({
    code: 'E_USAGE',
    message: `there is no check named ${name}`,
    fix:
      nearest === undefined
        ? 'see them: arpo-env doctor --list'
        : `did you mean ${nearest}? See all: arpo-env doctor --list`,
  });
}
