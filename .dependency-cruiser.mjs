/** The floors of the house, from the top down. Imports go down only; folders on one floor don't know each other. */
const floors = [
  ['commands'],
  ['demo'],
  ['server', 'pool', 'tunnel', 'doctor', 'setup', 'cluster'],
  ['arpo'],
  ['env'],
  ['desktops'],
  ['evaluators', 'providers'],
  ['desktop', 'guest'],
];

/** The ground: these may know each other, one way (`no-circular` sees to it), and what lies under it. */
const ground = ['env-api', 'http', 'ssh', 'host', 'aws', 'cluster-facts', 'runs', 'python'];
const underground = [['config', 'ui'], ['lib']];

const folder = (name) => `^src/${name}/`;
const program = '^src/(cli|index)\\.ts$';

const looksDown = (name, forbidden) => ({
  name: `${name}-looks-down-only`,
  severity: 'error',
  from: { path: folder(name) },
  to: { path: [...forbidden.filter((other) => other !== name).map(folder), program] },
});

const above = floors.flat();
const oneWay = [
  ...floors.flatMap((floor, level) =>
    floor.map((name) => looksDown(name, floors.slice(0, level + 1).flat())),
  ),
  ...ground.map((name) => looksDown(name, above)),
  ...underground.flatMap((floor, level) =>
    floor.map((name) => looksDown(name, [...above, ...ground, ...underground.slice(0, level + 1).flat()])),
  ),
];

export default {
  forbidden: [
    ...oneWay,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'errors-and-words-are-the-ground',
      severity: 'error',
      from: { path: '^src/(errors|shell-words)\\.ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'commands-are-thin',
      comment: 'A command parses flags, calls one capability and renders; protocols live below it.',
      severity: 'error',
      from: { path: folder('commands') },
      to: { path: 'node_modules/(ssh2|dockerode|fastify)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
