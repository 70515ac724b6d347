import { join } from 'node:path';
import { readBundles } from './bundles.ts';
import { measureInitMilliseconds } from './measure-init.ts';

/** With the SDK inside: what a function loads at each cold start. The largest, shut-down-idle, talks to six services. */
const MAX_BUNDLE_BYTES = 750 * 1024;
/** A goal, printed and not enforced: it depends on the machine and on what else runs there. */
const INIT_GOAL_MILLISECONDS = 200;
const RUNS = 5;

const [folder = join(import.meta.dirname, '..', 'cdk.out')] = process.argv.slice(2);

console.log(`${'function'.padEnd(36)} ${'minified'.padStart(9)} ${'init'.padStart(8)}   (median of ${RUNS})`);
for (const bundle of readBundles(folder)) {
  const init = await measureInitMilliseconds(bundle, RUNS);
  const notes = [
    ...(bundle.bytes >= MAX_BUNDLE_BYTES ? [`too big: the limit is ${MAX_BUNDLE_BYTES / 1024} KB`] : []),
    ...(init >= INIT_GOAL_MILLISECONDS ? [`slower than the goal of ${INIT_GOAL_MILLISECONDS} ms`] : []),
  ];
  const size = `${Math.ceil(bundle.bytes / 1024)} KB`;
  console.log(
    `${bundle.functionName.padEnd(36)} ${size.padStart(9)} ${`${init.toFixed(0)} ms`.padStart(8)}   ${notes.join(', ')}`.trimEnd(),
  );
  if (bundle.bytes >= MAX_BUNDLE_BYTES) process.exitCode = 1;
}
