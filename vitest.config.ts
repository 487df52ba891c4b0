import { defineConfig } from 'vitest/config';

/** Speaks to two targets at once, so it runs only where a deployment is named. */
const COMPARISON = 'test/differential/gateways.test.ts';

const isElsewhere = process.env.TOLLGATE_URL !== undefined;

const differential = {
  extends: true as const,
  test: {
    name: 'differential',
    include: [COMPARISON],
    globalSetup: ['test/differential/setup.ts'],
    sequence: { groupOrder: 3 },
  },
};

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    // A process loads the SDK, the CDK and our own modules once, and not for each file anew. What a file changes of its
    // process (output, environment, folder), it restores after each test: `--project unit --sequence.shuffle.files` shows it.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/examples/**', 'test/aftermath/**', COMPARISON],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // The examples run on one machine: what is deployed elsewhere has none of them beside.
          include: ['test/e2e/**/*.test.ts', ...(isElsewhere ? [] : ['test/examples/**/*.test.ts'])],
          globalSetup: ['test/e2e/setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'aftermath',
          include: ['test/aftermath/**/*.test.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      ...(isElsewhere ? [differential] : []),
    ],
  },
});
