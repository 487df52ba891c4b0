/** Who may import whom; docs/architecture.md says why. */
const lambdas = (folders) => `^lambdas/(${folders})`;
const sdk = '^node_modules/@(aws-sdk|smithy)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'The rules know no I/O, no clock and no SDK.',
      severity: 'error',
      from: { path: '^lambdas/domain/' },
      to: { path: `^(lambdas|lib|local|cli|bin|test|bench|examples)/|${sdk}`, pathNot: '^lambdas/domain/' },
    },
    {
      name: 'domain-does-no-io',
      severity: 'error',
      from: { path: '^lambdas/domain/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(zlib|crypto)$' },
    },
    {
      name: 'adapters-know-the-domain-only',
      severity: 'error',
      from: { path: lambdas('store|crypto|events') },
      to: {
        path: '^(lambdas|lib|local|cli|bin|test|bench|examples)/',
        pathNot: lambdas('domain|store|crypto|events'),
      },
    },
    {
      name: 'http-knows-domain-and-routes',
      severity: 'error',
      from: { path: '^lambdas/http/' },
      to: {
        path: '^(lambdas|lib|local|cli|bin|test|bench|examples)/',
        pathNot: '^lambdas/(domain/|http/|routes\\.ts)',
      },
    },
    {
      name: 'handlers-know-ports-only',
      comment: 'What a handler needs of the outside is handed in by index.ts.',
      severity: 'error',
      from: { path: '^lambdas/functions/[^/]+/', pathNot: '/index\\.ts$' },
      to: { path: `^(lambdas/(store|crypto|events|env\\.ts)|lib|local|cli|bin|test|bench|examples)|${sdk}` },
    },
    {
      name: 'functions-do-not-import-each-other',
      severity: 'error',
      from: { path: '^lambdas/functions/([^/]+)/' },
      to: { path: '^lambdas/functions/([^/]+)/', pathNot: '^lambdas/functions/$1/' },
    },
    {
      name: 'routes-are-data',
      comment: 'Types of the functions, so that a missing one does not compile; nothing that runs.',
      severity: 'error',
      from: { path: '^lambdas/(routes|env)\\.ts$' },
      to: {
        path: '^lambdas/(functions|store|crypto|events|http)/',
        dependencyTypesNot: ['type-only', 'type-import'],
      },
    },
    {
      name: 'lib-reads-routes-and-env',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(lambdas|local|cli|bin|test|bench|examples)/', pathNot: '^lambdas/(routes|env)\\.ts$' },
    },
    {
      name: 'local-reads-the-assembly',
      comment: 'Never the sources: what it serves is what deploys.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(lambdas|lib|cli|bin|test|bench|examples)/' },
    },
    {
      name: 'cli-speaks-http',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(lambdas|lib|local|bin|test|bench|examples)/' },
    },
    {
      name: 'examples-use-what-is-for-others',
      comment: 'What an example needs, apps of others need: it is exported by the two index files.',
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: '^(lambdas|lib|local|cli|bin|test|bench)/',
        pathNot: '^(lambdas|lib)/index\\.ts$',
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'bundles-carry-no-dev-dependency',
      severity: 'error',
      from: { path: '^(lambdas|cli)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
