/** The floors of the house, from the top down. Imports go down only; folders on one floor don't know each other. */
const floors = [
  ['commands'],
  ['demo'],
  ['server', 'pool', 'tunnel', 'doctor', 'setup', 'cluster', 'tasks'],
  ['arpo'],
  ['env'],
  ['desktops'],
  ['evaluators', 'providers'],
  ['desktop', 'guest'],
];

/** The ground: these may know each other, one way (`no-circular` sees to it), and what lies under it. */
const ground = ['env-api', 'http', 'ssh', 'host', 'aws', 'cluster-facts', 'runs', 'python'];
const underground = [['config', 'ui'], ['lib']];

/**
 * Inside the big rooms: their parts from the top down, as paths without `.ts`. A part imports from itself and from those below
 * it; every file of the room belongs to one.
 */
const inside = {
  doctor: [
    ['run', 'list-checks'],
    ['bundle', 'fix', 'report', 'watch'],
    ['doctor'],
    ['engine', 'select', 'verdict'],
    ['looks', 'checks/.*'],
    ['check', 'command-fix', 'context'],
    ['facts/.*'],
    ['look-options'],
    ['links', 'own', 'topology'],
    ['role'],
  ],
  ssh: [
    ['open-connection', 'remote-command'],
    ['command-sessions'],
    ['openssh/.*'],
    ['connection/.*'],
    ['login/.*'],
    ['host/.*'],
    ['person'],
  ],
  tunnel: [
    ['backoff', 'options', 'reachability', 'run-in-background', 'run', 'session', 'tunnel'],
    ['status/.*'],
    ['claim/.*'],
    ['watch/.*'],
    ['forward/.*'],
    ['state'],
  ],
  guest: [
    ['start'],
    ['sandbox/.*'],
    ['practice/.*', 'x11/.*'],
    ['agent', 'watch-page'],
    ['routes/.*'],
    ['pyautogui/.*'],
    [
      'command-line',
      'file-error',
      'flask',
      'form',
      'log-lines',
      'window-match',
      'accessibility-xml',
      'program-output',
      'python-file',
      'python-values',
      'serve-file',
    ],
    ['machine', 'input', 'png', 'paths', 'default-wallpaper', 'cover-image', 'image-size'],
  ],
};

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

const partOf = (room, names) => `^src/${room}/(${names.join('|')})\\.ts$`;
const partsInOrder = Object.entries(inside).flatMap(([room, parts]) => [
  ...parts.slice(1).map((names, above) => ({
    name: `${room}-${names[0].split('/')[0]}-looks-down-only`,
    severity: 'error',
    from: { path: partOf(room, names) },
    to: { path: partOf(room, parts.slice(0, above + 1).flat()) },
  })),
  {
    name: `${room}-has-a-part-for-each-file`,
    severity: 'error',
    from: { path: folder(room), pathNot: partOf(room, parts.flat()) },
    to: {},
  },
]);

export default {
  forbidden: [
    ...oneWay,
    ...partsInOrder,
    {
      name: 'no-circular',
      comment: 'Not even types go round: those that two files need lie in a leaf file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'practice-knows-no-x11',
      severity: 'error',
      from: { path: '^src/guest/practice/' },
      to: { path: '^src/guest/x11/' },
    },
    {
      name: 'x11-knows-no-practice',
      severity: 'error',
      from: { path: '^src/guest/x11/' },
      to: { path: '^src/guest/practice/' },
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
