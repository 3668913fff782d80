/**
 * The kinds of runs, as data: what a run of each kind records of itself, by what it is named, how long it may take to end,
 * and the service that it can be. A new kind is a row here, and a row of `RunViews` where the program is composed.
 */

/** What a detail is in an entry: `run.ts` reads it by this. */
export interface DetailTypes {
  text: string;
  count: number;
}

interface KindDescription {
  /** Of several, in a message. */
  plural: string;
  /** The command line that starts one in the background. */
  start: string;
  /** What it records besides what every run does; `status` prints it. */
  details: Readonly<Record<string, keyof DetailTypes>>;
  /** Milliseconds from SIGTERM to SIGKILL. */
  graceMs: number;
  /** Null: not made for it. */
  service: ServiceDescription | null;
}

/** What its unit says that the units of others don't. */
export interface ServiceDescription {
  /** The command that it runs, by which the service is named too. */
  command: string;
  description: string;
  /** Units that are started before it, besides the network. */
  after: readonly string[];
  /** Seconds until the service manager kills it. */
  stopSeconds: number;
}

export const RUN_KINDS = {
  server: {
    plural: 'servers',
    start: 'arpo-env serve --detach',
    details: { provider: 'text', envs: 'count' },
    // It first stops its desktops.
    graceMs: 30_000,
    service: {
      command: 'serve',
      description: 'env server with OSWorld desktops',
      after: ['docker.service'],
      stopSeconds: 90,
    },
  },
  tunnel: {
    plural: 'tunnels',
    start: 'arpo-env tunnel HOST --detach',
    details: { host: 'text' },
    graceMs: 30_000,
    service: {
      command: 'tunnel',
      description: 'reverse tunnel from the cluster to the env server',
      after: [],
      stopSeconds: 20,
    },
  },
} as const satisfies Record<string, KindDescription>;

type Kinds = typeof RUN_KINDS;
export type RunKind = keyof Kinds;
export type DetailsOf<Kind extends RunKind> = {
  -readonly [Name in keyof Kinds[Kind]['details']]: DetailTypes[Kinds[Kind]['details'][Name] &
    keyof DetailTypes];
};

export const RUN_KIND_NAMES = Object.keys(RUN_KINDS) as RunKind[];

export function isRunKind(word: string): word is RunKind {
  return Object.hasOwn(RUN_KINDS, word);
}

/** `server or tunnel`. */
export function anyKind(): string {
  return RUN_KIND_NAMES.join(' or ');
}

export type ServiceKind = NonNullable<Kinds[RunKind]['service']>['command'];

const DESCRIPTIONS: readonly KindDescription[] = Object.values(RUN_KINDS);
const SERVICES = DESCRIPTIONS.flatMap(({ service }) => service ?? []);

/** The services that there can be, each named by the command that it runs. */
export const SERVICE_KINDS = SERVICES.map(({ command }) => command) as ServiceKind[];

export function describeService(kind: ServiceKind): ServiceDescription {
  const found = SERVICES.find(({ command }) => command === kind);
  if (found === undefined) throw new TypeError(`no kind of run is the service ${kind}`);
  return found;
}
