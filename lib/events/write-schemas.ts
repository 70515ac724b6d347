import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { withEventsTable } from './events-table.ts';
import { jsonSchemas } from './json-schemas.ts';

/** What `npm run schemas` writes; a test holds that it is up to date. */
const root = new URL('../../', import.meta.url);
const folder = new URL('docs/schemas/', root);
const page = new URL('docs/users/events.md', root);

const schemas = jsonSchemas();
const wanted = new Set([...schemas.keys()].map((name) => `${name}.schema.json`));

await mkdir(folder, { recursive: true });
for (const file of await readdir(folder)) {
  if (!wanted.has(file)) {
    await rm(new URL(file, folder));
  }
}
for (const [name, schema] of schemas) {
  await writeFile(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
await writeFile(page, withEventsTable(await readFile(page, 'utf8')));
