/** The environment variables that set fields: a closed list, made of established names and of one rule. */
import { type Layer, mergeRecords, nested, normalizeLayer, type RawConfig } from './layers.js';
import { nearestName } from './nearest.js';
import { type ConfigField, type ConfigSection, fieldsOf } from './outline.js';

/** Names that OSWorld, its pool clients and the Python env server already use, and the field that each one sets. */
export const ESTABLISHED_NAMES: Readonly<Record<string, string>> = {
  PROVIDER: 'provider',
  SCREEN_WIDTH: 'screen.width',
  SCREEN_HEIGHT: 'screen.height',
  DOCKER_VM_READY_TIMEOUT: 'server.readyTimeout',
  AWS_REGION: 'providers.aws.region',
  AWS_SUBNET_ID: 'providers.aws.subnetIds',
  AWS_SECURITY_GROUP_ID: 'providers.aws.securityGroupIds',
  AWS_INSTANCE_TYPE: 'providers.aws.instanceTypes',
  ENABLE_TTL: 'providers.aws.enableTtl',
  DEFAULT_TTL_MINUTES: 'providers.aws.ttlMinutes',
  AWS_SCHEDULER_ROLE_ARN: 'providers.aws.schedulerRoleArn',
  OSWORLD_BASE_URL: 'providers.remote.baseUrls',
  OSWORLD_TOKEN: 'providers.remote.token',
  ARPO_ENV_TOKEN: 'server.token',
};

/** Variables of this prefix that are not part of the config. */
const OTHER_NAMES = ['ARPO_ENV_E2E', 'ARPO_ENV_LOCAL_DESKTOP', 'ARPO_ENV_LOG_FILE', 'ARPO_ENV_STATE_DIR'];

/** `server.readyTimeout` → `ARPO_ENV_SERVER_READY_TIMEOUT`: the rule by which every field has a variable. */
export function variableName(path: string): string {
  const words = path.replace(/[a-z0-9](?=[A-Z])/g, '$&_').replaceAll('.', '_');
  return `ARPO_ENV_${words.toUpperCase()}`;
}

export interface EnvironmentOptions {
  /** Where relative paths start. */
  folder: string;
  /** The .env file that the variables were read from. */
  file?: string;
}

/** What a set of variables says; an empty variable says nothing. `warnings` name the ARPO_ENV_* that nobody knows. */
export function environmentLayer(
  outline: ConfigSection,
  variables: Readonly<Record<string, string | undefined>>,
  { folder, file }: EnvironmentOptions,
): { layer: Layer; warnings: string[] } {
  const known = namesOf(fieldsOf(outline));
  let values: RawConfig = {};
  const names = new Map<string, string>();
  for (const [name, path] of known) {
    const text = variables[name];
    if (text === undefined || text.trim() === '') continue;
    values = mergeRecords(values, nested(path, text));
    names.set(path, name);
  }
  return {
    layer: {
      values: normalizeLayer(outline, values, { folder, fromText: true }),
      sourceOf: (path) => ({
        kind: 'env',
        name: names.get(path) ?? path,
        ...(file === undefined ? {} : { file }),
      }),
    },
    warnings: unknownNames(variables, [...known.keys()], file),
  };
}

/** Established names first: the variable that names its field in full wins over them. */
function namesOf(fields: readonly ConfigField[]): Map<string, string> {
  return new Map([
    ...Object.entries(ESTABLISHED_NAMES),
    ...fields.map(({ path }) => [variableName(path), path] as const),
  ]);
}

function unknownNames(
  variables: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
  file: string | undefined,
): string[] {
  const unknown = Object.keys(variables).filter(
    (name) => name.startsWith('ARPO_ENV_') && !known.includes(name) && !OTHER_NAMES.includes(name),
  );
  return unknown.map((name) => {
    const nearest = nearestName(name, known);
    const where = file === undefined ? '' : ` of ${file}`;
    return `the variable ${name}${where} sets nothing${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
  });
}
