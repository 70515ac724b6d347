import { readFile, writeFile } from 'node:fs/promises';
import { systemClock } from '../time.ts';
import { withMigrationMatrix } from './migration-matrix.ts';

/** A part of what `npm run schemas` writes; a test holds that it is up to date. */
const page = new URL('../../docs/users/migrating.md', import.meta.url);
await writeFile(page, withMigrationMatrix(await readFile(page, 'utf8'), systemClock.now()));
