import { gunzipSync, gzipSync } from 'node:zlib';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { parseItem } from '../aws/parse-item.ts';
import { type PopulationStore, populationSchema } from './population.ts';

const KEY = { scope: 'POPULATION', item: 'fleet' };

const itemSchema = z.object({ document: z.instanceof(Uint8Array), revision: z.int().positive() });

/** PopulationStore in the control table: `POPULATION` / `fleet`. Packed: a thousand campaigns say the same words, and an item has 400 KB. */
const createDynamoPopulationStore = (client: DynamoDBDocumentClient, tableName: string): PopulationStore => ({
  get: async () => {
    const item = await getControlItem(client, tableName, KEY, itemSchema);
    if (item === undefined) return undefined;
    const written: unknown = JSON.parse(gunzipSync(item.document).toString('utf8'));
    return {
      ...parseItem(populationSchema.omit({ revision: true }), written, 'the last cycle of populate-queue'),
      revision: item.revision,
    };
  },
  put: (population, expectedRevision) =>
    putControlItem(
      client,
      tableName,
      KEY,
      { at: population.at, document: gzipSync(JSON.stringify(population)) },
      expectedRevision,
    ),
});

export { createDynamoPopulationStore };
