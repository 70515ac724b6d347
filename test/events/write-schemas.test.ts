import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { withEventsTable } from '../../lib/events/events-table.ts';
import { jsonSchemas } from '../../lib/events/json-schemas.ts';

const folder = new URL('../../docs/schemas/', import.meta.url);
const hint = 'run `npm run schemas` and commit what it writes';

describe('the written schemas', () => {
  it('are those of the catalogue, file by file [events#5-33]', async () => {
    const schemas = jsonSchemas();
    const files = await readdir(folder);
    expect([...files].sort(), hint).toEqual([...schemas.keys()].map((name) => `${name}.schema.json`).sort());
    for (const [name, schema] of schemas) {
      const written: unknown = JSON.parse(await readFile(new URL(`${name}.schema.json`, folder), 'utf8'));
      expect(written, `${name}: ${hint}`).toEqual(schema);
    }
  });

  it('require the envelope of every event', () => {
    for (const schema of jsonSchemas().values()) {
      expect(schema).toMatchObject({
        type: 'object',
        required: expect.arrayContaining(['schemaVersion', 'eventId', 'occurredAt']),
      });
    }
  });

  it('are listed in the guide', async () => {
    const page = await readFile(new URL('../../docs/users/events.md', import.meta.url), 'utf8');
    expect(withEventsTable(page), hint).toBe(page);
  });

  it('refuse a guide without the markers', () => {
    expect(() => withEventsTable('# Events')).toThrow(/needs the lines/);
  });
});
