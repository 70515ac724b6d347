import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { getControlItem } from '../aws/control-items.ts';
import { type HealthPolicy, healthPolicySchema } from './health-policy.ts';

const KEY = { scope: 'CONFIG', item: 'fleet' };

/** The applied fleet.yaml is kept as JSON text; other features' sections are theirs. */
const appliedSchema = z.object({
  config: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.looseObject({ health: healthPolicySchema.prefault({}) })),
});

/**
 * The section `health` of the applied configuration; every default when nothing was ever applied.
 * @throws InvariantError when what was applied cannot be read: that is never "defaults"
 */
const loadHealthPolicy = async (client: DynamoDBDocumentClient, tableName: string): Promise<HealthPolicy> =>
  (await getControlItem(client, tableName, KEY, appliedSchema))?.config.health ??
  healthPolicySchema.parse({});

export { loadHealthPolicy };
