import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Bundle } from './bundles.ts';

/** Imports the module as Lambda does at a cold start, and prints how many milliseconds that took. */
const PROBE = `const start = performance.now();
const { handler } = await import(process.argv[1]);
const took = performance.now() - start;
if (typeof handler !== 'function') throw new Error('the module exports no handler');
process.stdout.write(String(took));`;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/**
 * The median time of importing a bundle in a fresh process of this Node, in milliseconds. It makes no calls:
 * the variables have placeholders, and the AWS keys are no keys.
 * @throws Error when the module cannot be imported or exports no handler.
 */
const measureInitMilliseconds = async (
  { file, functionName, variables }: Bundle,
  runs: number,
): Promise<number> => {
  const environment = {
    ...Object.fromEntries(variables.map((name) => [name, 'placeholder'])),
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_ACCESS_KEY_ID: 'placeholder',
    AWS_SECRET_ACCESS_KEY: 'placeholder',
  };
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', PROBE, pathToFileURL(file).href],
      { env: environment },
    );
    times.push(Number(stdout));
  }
  return median(times);
};

export { measureInitMilliseconds, median };
