import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/slowest-first.ts';

/** Their tests start processes, threads and servers. */
const PROCESSES = ['agent', 'cli', 'local'].map((folder) => `test/${folder}/**/*.test.ts`);

/** One of them has the simulation, which has two threads of its own. */
const unit = { maxWorkers: 3, testTimeout: 20_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    sequence: { sequencer: SlowestFirst },
    // For two cores. Tests that start processes or boot whole clouds wait most of the time: more files at once than cores.
    projects: [
      {
        test: {
          ...unit,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', ...PROCESSES],
          // Nothing here changes what other files see, so the CDK and the SDKs are loaded once per worker and not once per file.
          isolate: false,
        },
      },
      {
        test: {
          ...unit,
          name: 'unit-processes',
          include: PROCESSES,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          maxWorkers: 4,
          // Each test of a mutation boots clouds: more of them at once only wait for each other.
          maxConcurrency: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
