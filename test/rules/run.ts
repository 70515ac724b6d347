import { fileURLToPath } from 'node:url';
import { checkCycles } from './cycles.ts';
import { checkDependencies } from './dependencies.ts';
import { checkLessons } from './lessons.ts';
import { readLessons } from './read-lessons.ts';
import { readSources } from './read-sources.ts';
import { checkStyle } from './style.ts';

/** `npm run rules`: prints every violation as `file:line [rule] what and how to mend it`; exit code 1 when there is one. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const files = await readSources(root);
const violations = [
  ...checkDependencies(files),
  ...checkCycles(files),
  ...checkStyle(files),
  ...checkLessons(await readLessons(root), files),
];
for (const { rule, path, line, message } of violations) {
  console.error(`${path}:${line} [${rule}] ${message}`);
}
console.log(`${files.length} files, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
