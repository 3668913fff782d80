/** The floors of DESIGN.md §3, from the top down. Imports go down only; folders on one floor don't know each other. */
const floors = [
  ['commands'],
  ['demo'],
  ['server', 'pool', 'tunnel', 'doctor', 'setup'],
  ['env'],
  ['actions', 'evaluators', 'providers'],
  ['desktop', 'guest'],
  ['config', 'platform', 'ui'],
];

const folder = (name) => `^src/${name}/`;

const oneWay = floors.flatMap((floor, level) =>
  floor.map((name) => ({
    name: `${name}-looks-down-only`,
    severity: 'error',
    from: { path: folder(name) },
    to: {
      path: [...floors.slice(0, level + 1).flat()]
        .filter((other) => other !== name)
        .map(folder)
        .concat('^src/(cli|index)\\.ts$'),
    },
  })),
);

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
      name: 'errors-is-the-ground',
      severity: 'error',
      from: { path: '^src/errors\\.ts$' },
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
