import { parentPort } from 'node:worker_threads';
import { GUARDS } from './guards.ts';
import type { Job } from './pool.ts';
import { simulate } from './simulate.ts';

// Refused reports are errors, and nobody reads where they came from.
Error.stackTraceLimit = 0;

parentPort?.on('message', async ({ id, options, without }: Job) => {
  const { sabotage = {} } = GUARDS.find(({ name }) => name === without) ?? {};
  parentPort?.postMessage({ id, result: await simulate({ ...options, sabotage }) });
});
