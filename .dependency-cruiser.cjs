// The layering of the house (docs/adr/0001-layers-and-composition-root.md): imports point one way, type imports counted.
const room = (name) => `^src/${name}/`;
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});
const middle = ['probes', 'store', 'engine', 'config', 'auth', 'alerts', 'discovery'];

// What documents are made of.
const WORDS = [room('core'), room('errors'), room('protocols'), '^src/config/(duration|source/scalars)\\.ts$'];
// What is measured without a port.
const MEASURED = [
  ...[room('alerts'), room('core'), room('config'), room('engine'), room('probes'), room('store')],
  // What an observation of another instance takes to read.
  '^src/services/convert-probes\\.ts$',
];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: '^scripts/openapi/(json|rule)-schema' },
      to: { circular: true },
    },
    {
      name: 'not-resolvable',
      comment: 'k6 brings the modules of its own scripts; scripts/package/ runs where the package is installed',
      severity: 'error',
      from: { pathNot: '^(loadtest/k6|scripts/package)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/main\\.ts$' },
      to: {},
    },
    {
      name: 'a-check-loads-no-server',
      comment: '`openk config check` runs before each deploy: what it imports is what it takes',
      severity: 'error',
      from: { path: '^src/check-config\\.ts$' },
      to: { path: '^src/openk\\.ts$', reachable: true },
    },
    {
      name: 'http2-is-about-node',
      comment: 'http2/ knows Node and nothing of OpenK',
      severity: 'error',
      from: { path: room('http2') },
      to: { pathNot: room('http2'), dependencyTypesNot: ['core'] },
    },
    {
      name: 'cel-is-about-expressions',
      comment: 'cel/ knows the language, and neither what expressions are about nor where they come from',
      severity: 'error',
      from: { path: room('cel') },
      to: { path: '^(src|gen)/', pathNot: room('cel') },
    },
    {
      name: 'rules-are-about-schemas',
      comment: 'rules/ knows the rules that a .proto may have, and no message of OpenK',
      severity: 'error',
      from: { path: room('rules') },
      to: { path: '^(src|gen)/', pathNot: [room('rules'), '^gen/buf/validate/'] },
    },
    only(
      'core-is-pure',
      '^src/core/(?!calendar\\.ts$)',
      [room('core')],
      'core/ imports nothing but itself: no node:, no npm, no clock',
    ),
    only(
      'core-knows-calendars',
      '^src/core/calendar\\.ts$',
      ['(^|/)node_modules/croner/'],
      'when the times of a calendar come is computed by croner, which only computes',
    ),
    {
      name: 'croner-has-one-owner',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/core/calendar\\.ts$' },
      to: { path: '(^|/)node_modules/croner/' },
    },
    ...middle.map((name) => ({
      name: `${name}-keeps-to-itself`,
      comment:
        'the middle rooms know core/, http2/, cel/, rules/ and themselves; they meet in the composition root as arguments',
      severity: 'error',
      from: { path: room(name) },
      to: { path: '^src/', pathNot: [room('core'), room('http2'), room('cel'), room('rules'), room(name)] },
    })),
    only(
      'status-shows-messages',
      room('status'),
      [
        room('core'),
        room('status'),
        '^gen/openk/(common|status)/',
        '(^|/)node_modules/@bufbuild/protobuf/',
        '^(node:)?crypto$',
      ],
      'status/ makes a message of what readers may see, and every form of that message; it knows core/ alone',
    ),
    {
      name: 'import-reads-what-others-wrote',
      comment:
        'import/ makes a configuration of those of other programs: it knows the words of core/, how durations are written, the schema, and how expectations judge',
      severity: 'error',
      from: { path: room('import') },
      to: {
        path: '^(src|gen)/',
        pathNot: [
          room('core'),
          room('import'),
          '^src/config/duration\\.ts$',
          '^src/probes/expectation\\.ts$',
          '^gen/openk/config/',
        ],
      },
    },
    {
      name: 'imports-are-asked-for',
      comment: 'only the command line asks for an import',
      severity: 'error',
      from: { path: '^src/', pathNot: [room('import'), room('cli')] },
      to: { path: room('import') },
    },
    {
      name: 'store-history-has-no-database',
      comment: 'history/ knows what is kept, forgotten and added up, and neither threads, files nor a database',
      severity: 'error',
      from: { path: room('store/history') },
      to: { pathNot: [room('core'), room('store/history')] },
    },
    {
      name: 'store-thread-has-no-database',
      comment: 'thread/ carries operations between threads, whatever store runs them',
      severity: 'error',
      from: { path: room('store/thread') },
      to: { pathNot: [room('core'), '^src/store/(history|thread)/'], dependencyTypesNot: ['core'] },
    },
    {
      name: 'stores-below-their-registry',
      comment: 'a store is one room, and knows no other one',
      severity: 'error',
      from: { path: '^src/store/([^/]+)/' },
      to: { path: '^src/store/', pathNot: '^src/store/(history|thread|$1)/' },
    },
    {
      name: 'agents-decide-nothing',
      comment:
        'agent/ probes and says what it has seen: it knows the prober of engine/, and what decides, keeps and answers not',
      severity: 'error',
      from: { path: room('agent') },
      to: {
        path: '^src/',
        pathNot: [
          room('agent'),
          room('core'),
          room('errors'),
          '^src/engine/(gaps|prober|worker-ports)\\.ts$',
          '^src/services/convert(-probes)?\\.ts$',
        ],
      },
    },
    {
      name: 'gen-stops-at-the-edges',
      comment: 'generated messages stop at services/, config/, the probes and the clients of the API (cli/)',
      severity: 'error',
      from: { path: '^src/(core|engine|store|telemetry)/' },
      to: { path: '^gen/' },
    },
    {
      name: 'errors-keeps-to-itself',
      comment: 'the catalogue of errors knows the codes of Connect and the details of google.rpc, and nothing of OpenK',
      severity: 'error',
      from: { path: room('errors') },
      to: { path: '^(src|gen)/', pathNot: [room('errors'), '^gen/google/rpc/'] },
    },
    {
      name: 'services-and-telemetry-below-calls',
      severity: 'error',
      from: { path: '^src/(services|telemetry)/' },
      to: { path: '^src/(calls|protocols|pages|transport|cli|web)/' },
    },
    {
      name: 'services-not-telemetry',
      severity: 'error',
      from: { path: '^src/services/' },
      to: { path: room('telemetry') },
    },
    {
      name: 'calls-know-no-protocol-and-no-service',
      severity: 'error',
      from: { path: room('calls') },
      to: { path: '^src/(core|services|protocols|pages|cli|web)/' },
    },
    {
      name: 'protocols-know-descriptors-only',
      severity: 'error',
      from: { path: room('protocols') },
      to: { path: '^src/(core|engine|store|probes|services|telemetry|transport|pages|cli|web)/' },
    },
    {
      name: 'pages-below-transport',
      severity: 'error',
      from: { path: room('pages') },
      to: { path: '^src/(transport|cli|web)/' },
    },
    {
      name: 'transport-below-cli',
      severity: 'error',
      from: { path: room('transport') },
      to: { path: '^src/(cli|web)/' },
    },
    {
      name: 'roots-are-imported-by-nothing',
      severity: 'error',
      from: { pathNot: '^src/(main|program|serve|check-config|run-agent|embed|openk)\\.ts$', path: '^src/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'compose-is-of-the-root',
      comment: 'compose/ holds parts of openk.ts, which may know every room',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(openk\\.ts$|compose/)' },
      to: { path: room('compose') },
    },
    {
      name: 'web-is-for-browsers',
      comment: 'web/ knows its own generated messages, and nothing of the server',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^(src|gen|tests|scripts|loadtest)/' },
    },
    {
      name: 'web-messages-stop-at-the-feed',
      comment: 'model/ and view/ know plain data; the feed speaks with the server',
      severity: 'error',
      from: { path: '^web/src/(?!feed/)' },
      to: { path: ['^web/gen/', '(^|/)node_modules/@(connectrpc|bufbuild)/'] },
    },
    {
      name: 'web-model-has-no-view',
      comment: 'model/ is what the page knows, whoever draws it',
      severity: 'error',
      from: { path: '^web/src/model/' },
      to: { path: ['^web/src/view/', '(^|/)node_modules/preact/'] },
    },
    {
      name: 'scripts-take-words',
      comment:
        'scripts/ run OpenK as a process; generated documents take from src/ only what names things, and nothing with a state',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: ['^src/', '^loadtest/'], pathNot: WORDS },
    },
    {
      name: 'benches-take-rooms',
      comment:
        'loadtest/ runs OpenK as a process; a bench of one room takes what openk.ts makes that room with, and others are bundled as the package is',
      severity: 'error',
      from: { path: '^loadtest/' },
      to: { path: ['^src/', '^scripts/'], pathNot: [...MEASURED, '^scripts/package/vite\\.config\\.ts$'] },
    },
    {
      name: 'tools-take-support-alone',
      comment:
        'scripts/ and loadtest/ share what starts and asks a server, and a browser, with the tests, and never a test',
      severity: 'error',
      from: { path: '^(scripts|loadtest)/' },
      to: { path: '^tests/', pathNot: '^tests/(support/|browser/chromium\\.ts$)' },
    },
    {
      name: 'product-not-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|loadtest|scripts)/' },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    // dist/ is what scripts/package/ resolves to where something was built.
    doNotFollow: { path: '^(node_modules|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
};
