import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/constants.ts';
import { catalogue, eventsConsumedBy } from '../../lib/events/catalogue.ts';
import { readSources } from '../rules/read-sources.ts';
import type { SourceFile } from '../rules/source-file.ts';

/** What names every event: the catalogue and what parses and sends any of them. */
const knowsAll = (path: string): boolean => path.startsWith('lib/events/');

const files = new Map(
  (await readSources(fileURLToPath(new URL('../..', import.meta.url)))).map((file) => [file.path, file]),
);

/** Every file that runs when `entry` runs, without those that name all events. */
const filesBehind = (entry: string, found = new Map<string, SourceFile>()): Map<string, SourceFile> => {
  const file = files.get(entry);
  if (file === undefined || found.has(entry) || knowsAll(entry)) {
    return found;
  }
  found.set(entry, file);
  for (const { path, typeOnly } of file.imports) {
    if (path !== undefined && !typeOnly) {
      filesBehind(path, found);
    }
  }
  return found;
};

const entryOf = (part: string): string => (part === 'drover-cli' ? 'cli/main.ts' : `functions/${part}.ts`);

/** The files of `part` whose code names the event. */
const filesNaming = (part: string, event: string): string[] =>
  [...filesBehind(entryOf(part)).values()]
    .filter(({ executable }) => executable.includes(`'${event}'`))
    .map(({ path }) => path);

const producers = Object.entries(catalogue).flatMap(([event, definition]) =>
  definition.producers.filter((part) => part !== 'pipeline').map((part) => ({ event, part })),
);
const consumers = Object.values(FUNCTIONS).flatMap((part) =>
  eventsConsumedBy(part).map((event) => ({ event, part })),
);

describe('the event catalogue and the code', () => {
  it.each(producers)('[health-and-idle#12-33] $part really sends $event', ({ event, part }) => {
    expect(filesNaming(part, event)).not.toEqual([]);
  });

  it.each(consumers)('[health-and-idle#12-33] $part really handles $event', ({ event, part }) => {
    expect(filesNaming(part, event)).not.toEqual([]);
  });
});
