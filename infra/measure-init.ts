import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Bundle } from './bundles.ts';

/** Imports the module as Lambda does at a cold start, and prints how many milliseconds that took, or why it failed. */
const PROBE = `const start = performance.now();
try {
  const { handler } = await import(process.argv[1]);
  const took = performance.now() - start;
  if (typeof handler !== 'function') throw new Error('it exports no handler');
  console.log(JSON.stringify({ took }));
} catch (error) {
  console.log(JSON.stringify({ failure: String(error) }));
}
process.exit();`;

const answerSchema = z.union([z.object({ took: z.number() }), z.object({ failure: z.string() })]);

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/**
 * The median time of importing a bundle in a fresh process of this Node, in milliseconds. It makes no calls:
 * the AWS keys are no keys.
 * @throws Error when the module cannot be imported or exports no handler.
 */
const measureInitMilliseconds = async (
  { file, functionName, environment }: Bundle,
  runs: number,
): Promise<number> => {
  const env = {
    ...environment,
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_ACCESS_KEY_ID: 'not-a-key',
    AWS_SECRET_ACCESS_KEY: 'not-a-key',
  };
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', PROBE, pathToFileURL(file).href],
      { env },
    );
    const answer = answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
    if ('failure' in answer) throw new Error(`${functionName} does not start: ${answer.failure}`);
    times.push(answer.took);
  }
  return median(times);
};

export { measureInitMilliseconds, median };
