import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryFirst } from '../aws/query-all.ts';
import { type ConfigVersion, neverApplied, type PastConfig, versionSchema } from './applied-config.ts';
import type { ConfigStore } from './config-store.ts';
import { type FleetConfig, fleetConfigSchema } from './fleet-config.ts';

const SCOPE = 'CONFIG';
const CURRENT = 'fleet';
/** Padded, so that the items sort as the versions do. */
const archiveOf = (version: number): string => `${CURRENT}#${String(version).padStart(8, '0')}`;

/** JSON text, because a map of DynamoDB has no order, and of several labels the later wins. */
const configTextSchema = z.string().transform((text, context): FleetConfig => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `not JSON: ${String(error)}`, input: text });
    return z.NEVER;
  }
  const parsed = fleetConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: 'custom',
    message: `not a configuration that this release of Drover knows: ${parsed.error.message}`,
    input: text,
  });
  return z.NEVER;
});

const itemSchema = versionSchema.extend({ config: configTextSchema, revision: z.int().positive() });

const toPast = ({ version, config, revision: _, ...applied }: z.infer<typeof itemSchema>): PastConfig => ({
  version,
  config,
  applied,
});

/**
 * ConfigStore in the control table: `CONFIG` / `fleet` is what holds, `CONFIG` / `fleet#<version>` are those that held before. A version is
 * put aside before the next replaces it, so that a crash between the two writes loses none; its content is final, so that writing it twice
 * is harmless.
 */
const createDynamoConfigStore = (client: DynamoDBDocumentClient, tableName: string): ConfigStore => {
  const read = (item: string) => getControlItem(client, tableName, { scope: SCOPE, item }, itemSchema);
  const write = (
    item: string,
    { config, ...version }: ConfigVersion & { config: FleetConfig },
    expectedRevision: number | undefined,
  ): Promise<boolean> =>
    putControlItem(
      client,
      tableName,
      { scope: SCOPE, item },
      { ...version, config: JSON.stringify(config) },
      expectedRevision,
    );
  return {
    current: async () => {
      const item = await read(CURRENT);
      return item === undefined ? neverApplied() : { ...toPast(item), revision: item.revision };
    },
    get: async (version) => {
      if (version === 0) return neverApplied();
      const current = await read(CURRENT);
      const item = current?.version === version ? current : await read(archiveOf(version));
      return item && toPast(item);
    },
    list: async (limit) => {
      const items = await queryFirst(
        client,
        {
          TableName: tableName,
          KeyConditionExpression: '#scope = :scope AND begins_with(#item, :archive)',
          ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
          ExpressionAttributeValues: { ':scope': SCOPE, ':archive': `${CURRENT}#` },
          ScanIndexForward: false,
          ConsistentRead: true,
        },
        limit,
      );
      // Not what they say: an old version may have settings that this release does not know any more.
      const current = await getControlItem(client, tableName, { scope: SCOPE, item: CURRENT }, versionSchema);
      const archived = items.map((item) => parseItem(versionSchema, item, 'an applied version'));
      return [
        ...(current === undefined ? [] : [current]),
        ...archived.filter(({ version }) => version !== current?.version),
      ].slice(0, limit);
    },
    put: async (next, expectedRevision) => {
      const current = await read(CURRENT);
      if ((current?.revision ?? 0) !== expectedRevision) return false;
      if (current !== undefined) {
        const { revision: _revision, ...version } = current;
        await write(archiveOf(version.version), version, undefined);
      }
      // Only one of two who read the same version gets theirs through.
      return write(CURRENT, next, expectedRevision === 0 ? undefined : expectedRevision);
    },
  };
};

export { createDynamoConfigStore };
