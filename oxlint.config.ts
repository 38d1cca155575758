import { defineConfig, type OxlintOverride } from 'oxlint';

/**
 * The rooms of the project and which of them each may import from: the whole of a room, its types alone, or its messages
 * (what others say to a workflow). A room that is not named is out of bounds; test/lint/boundaries.test.ts plants an import across every wall.
 */
type Room = (typeof ROOMS)[number];
type Share = 'all' | 'types' | 'messages';

const ROOMS = [
  'domain',
  'workflows',
  'activities',
  'store',
  'publication',
  'platform',
  'exams',
  'api',
  'workers',
  'cli',
  'prisma',
  'local',
  'trials',
  'deploy',
  'web',
  'test',
] as const;

/** What runs in production, for the rooms around it. */
const PRODUCT = {
  domain: 'all',
  workflows: 'all',
  activities: 'all',
  store: 'all',
  publication: 'all',
  platform: 'all',
  exams: 'all',
  api: 'all',
  workers: 'all',
  cli: 'all',
  prisma: 'all',
} as const;

const MAY_IMPORT: Readonly<Record<Exclude<Room, 'test'>, Readonly<Partial<Record<Room, Share>>>>> = {
  domain: {},
  workflows: { domain: 'all', activities: 'types' },
  activities: { domain: 'all', workflows: 'messages', store: 'all', publication: 'all', platform: 'all', exams: 'all' },
  store: { domain: 'all', publication: 'types', platform: 'all', exams: 'types', prisma: 'all' },
  publication: { domain: 'all', store: 'types', platform: 'all', exams: 'types' },
  platform: {},
  exams: { domain: 'all' },
  api: { domain: 'all', workflows: 'messages', store: 'all', publication: 'all', platform: 'all', exams: 'all' },
  workers: { domain: 'all', workflows: 'all', activities: 'all', store: 'all', publication: 'all', platform: 'all' },
  cli: { domain: 'all', workflows: 'messages', store: 'all', publication: 'all', platform: 'all', exams: 'all' },
  prisma: { platform: 'all' },
  local: PRODUCT,
  trials: { ...PRODUCT, local: 'all' },
  deploy: { ...PRODUCT, local: 'all' },
  // What it knows of the others, the generated client says.
  web: {},
};

/** What a client of workflows may know: pure data and types. */
const MESSAGES = ['messages', 'correction-messages', 'regrade-messages', 'bells', 'search-attributes', 'queues'];

type Pattern = { regex: string; allowTypeImports?: boolean; message: string } | { group: string[]; message: string };

/** Packages that only some rooms may know, by the beginning of their names. */
const PACKAGES: readonly { readonly regex: string; readonly rooms: readonly Room[]; readonly message: string }[] = [
  { regex: '^@prisma/|(^|/)prisma/generated/', rooms: ['store', 'prisma'], message: 'Only store/ touches Prisma.' },
  { regex: '^pg$', rooms: ['store', 'prisma', 'local', 'trials'], message: 'Only store/ asks the database.' },
  { regex: '^@temporalio/workflow', rooms: ['workflows', 'trials'], message: 'Only workflows/ runs in the sandbox of workflows.' },
  {
    regex: '^@temporalio/testing',
    rooms: ['local'],
    message: 'Only the embedded stack and tests know @temporalio/testing.',
  },
  {
    regex: '^@temporalio/activity',
    rooms: ['activities', 'workers', 'trials'],
    message: 'What runs within activities stands in activities/.',
  },
  {
    regex: '^@temporalio/worker',
    rooms: ['platform', 'workers', 'cli', 'local', 'trials'],
    message: 'Workers of Temporal are started by workers/.',
  },
  {
    regex: '^@temporalio/client',
    rooms: ['platform', 'workers', 'api', 'cli', 'local', 'trials', 'deploy'],
    message: 'Clients of Temporal are the API, the pools and the tools.',
  },
  {
    regex: '^@temporalio/common',
    rooms: ['workflows', 'activities', 'platform', 'workers', 'api', 'cli', 'local', 'trials'],
    message: 'This room knows nothing of Temporal.',
  },
];

const ENVIRONMENT = { name: 'node:process', importNames: ['env'], message: 'Only platform/config.ts reads the environment.' };

function walls(room: Exclude<Room, 'test'>): readonly Pattern[] {
  const shares = MAY_IMPORT[room];
  const others = ROOMS.filter((other) => other !== room);
  const having = (share: Share | undefined) => others.filter((other) => shares[other] === share);
  const from = (rooms: readonly Room[]) => `^(\\.\\./)+(${rooms.join('|')})/`;
  const types = having('types');
  return [
    {
      regex: from(having(undefined)),
      message: `${room}/ may import ${Object.keys(shares).join(', ') || 'nothing but itself'}: see oxlint.config.ts.`,
    },
    ...(types.length === 0 ? [] : [{ regex: from(types), allowTypeImports: true, message: `${room}/ takes types alone from there.` }]),
    ...(shares.workflows === 'messages'
      ? [
          {
            group: ['**/workflows/**', ...MESSAGES.map((file) => `!**/workflows/${file}.ts`)],
            message: `${room}/ may import the messages of workflows/ alone: ${MESSAGES.join(', ')}.`,
          },
        ]
      : []),
    ...PACKAGES.filter(({ rooms }) => !rooms.includes(room)).map(({ regex, message }) => ({ regex, message })),
  ];
}

const roomOverrides: readonly OxlintOverride[] = (Object.keys(MAY_IMPORT) as Exclude<Room, 'test'>[]).map((room) => ({
  files: [`${room}/**`],
  rules: { 'eslint/no-restricted-imports': ['error', { paths: [ENVIRONMENT], patterns: walls(room) }] },
}));

/** Libraries that are pure functions of numbers. What workflows import of domain/ must do without: it would be bundled. */
const NUMBERS = ['!jstat', '!ml-matrix', '!simple-statistics'];

/** An override replaces a rule as a whole, so these say all that holds for the two rooms that may import next to nothing. */
const pureRooms: readonly OxlintOverride[] = [
  {
    files: ['domain/**'],
    rules: {
      'eslint/no-restricted-imports': [
        'error',
        {
          patterns: [{ group: ['*', '!./*', ...NUMBERS], message: 'domain/ is pure: it imports nothing but domain/, and libraries that calculate.' }],
        },
      ],
      'eslint/no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'console', 'Buffer'],
      'eslint/no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'domain/ has no clock: take the time as a parameter.' },
        { object: 'Math', property: 'random', message: 'domain/ is deterministic.' },
      ],
    },
  },
  {
    files: ['workflows/**'],
    rules: {
      // Patterns are tried in order and a negated one (!) ends the search, so the one that allows types only comes first.
      'eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.\\./activities/',
              allowTypeImports: true,
              message: 'workflows/ takes types alone from activities/: their code would be bundled.',
            },
            {
              group: ['*', '!./*', '!../domain/*', '!../activities/**', '!@temporalio/workflow', '!@temporalio/common'],
              message:
                'workflows/ imports domain/, @temporalio/workflow, @temporalio/common and types of activities/: no Node built-ins, no Zod, no I/O.',
            },
          ],
        },
      ],
      'eslint/no-restricted-globals': ['error', 'process', 'fetch', 'console', 'Buffer'],
    },
  },
];

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['prisma/generated', 'web/generated', 'build', 'coverage', '.certifiable'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/no-import-type-side-effects': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/ban-ts-comment': 'error',
    'eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    'import/no-default-export': 'error',
    'import/no-cycle': ['error', { ignoreTypes: true }],
    'node/no-process-env': 'error',

    // Off, with the reason. Assertions after a check at the edge (JSON, gRPC, SQL) are the rule here, `any` is not.
    'typescript/no-unsafe-type-assertion': 'off',
    // An exhaustive switch returns in every case; the compiler checks that, this rule does not see it.
    'typescript/consistent-return': 'off',
    // CommonJS packages (pg, oidc-provider) have both.
    'import/no-named-as-default': 'off',
    'import/no-named-as-default-member': 'off',
    // Conditions that a callback or a signal changes; gauges that register themselves; then() for its effect; wasm-bindgen's names.
    'eslint/no-unmodified-loop-condition': 'off',
    'eslint/no-new': 'off',
    'promise/always-return': 'off',
    'eslint/no-underscore-dangle': 'off',
    // Express 5 hands a rejection on; callbacks that must not return promises are no-misused-promises' business.
    'oxc/no-async-endpoint-handlers': 'off',
    'promise/no-promise-in-callback': 'off',
    // Taste: a short name in a small scope, a helper beside its only caller.
    'eslint/no-shadow': 'off',
    'unicorn/consistent-function-scoping': 'off',

    'eslint/no-restricted-imports': ['error', { paths: [ENVIRONMENT] }],
  },
  overrides: [
    ...roomOverrides,
    ...pureRooms,
    {
      files: ['**/*.test.ts', 'test/**'],
      rules: {
        'eslint/no-restricted-imports': 'off',
        'eslint/no-restricted-globals': 'off',
        'eslint/no-restricted-properties': 'off',
        'unicorn/no-array-sort': 'off',
      },
    },
    {
      // Configuration, and the places that must hand on or ask the environment before any process of ours is there.
      files: ['platform/config.ts', 'local/environment.ts', 'prisma.config.ts', 'vitest.config.ts'],
      rules: { 'node/no-process-env': 'off' },
    },
    {
      // Styles and types of the whole page are there once they are imported.
      files: ['web/**'],
      rules: { 'import/no-unassigned-import': ['error', { allow: ['**/*.css', 'i18next'] }] },
    },
    {
      files: ['*.config.ts', 'web/*.config.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
});
