import { writeFile } from 'node:fs/promises';
import { fleetJsonSchema } from './schema-tree.ts';

/** A part of what `npm run schemas` writes; a test holds that it is up to date. */
await writeFile(
  new URL('../../docs/users/fleet.schema.json', import.meta.url),
  `${JSON.stringify(fleetJsonSchema(), null, 2)}\n`,
);
