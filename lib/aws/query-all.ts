import {
  type DynamoDBDocumentClient,
  paginateQuery,
  paginateScan,
  type QueryCommandInput,
  type ScanCommandInput,
} from '@aws-sdk/lib-dynamodb';

type Item = Record<string, unknown>;

/** Every item of a query, over all pages; an error on any page is an error, never a shorter list. */
const queryAll = async (client: DynamoDBDocumentClient, input: QueryCommandInput): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of paginateQuery({ client }, input)) items.push(...(page.Items ?? []));
  return items;
};

/** How many items a query has, over all pages. */
const countAll = async (client: DynamoDBDocumentClient, input: QueryCommandInput): Promise<number> => {
  let count = 0;
  for await (const page of paginateQuery({ client }, { ...input, Select: 'COUNT' })) count += page.Count ?? 0;
  return count;
};

/** At most `limit` items of a query, in its order. */
const queryFirst = async (
  client: DynamoDBDocumentClient,
  input: QueryCommandInput,
  limit: number,
): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of paginateQuery({ client }, { ...input, Limit: limit })) {
    items.push(...(page.Items ?? []));
    if (items.length >= limit) break;
  }
  return items.slice(0, limit);
};

/** Every item of a table or index. For operators' listings only: functions have no right to scan. */
const scanAll = async (client: DynamoDBDocumentClient, input: ScanCommandInput): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, input)) items.push(...(page.Items ?? []));
  return items;
};

export { countAll, queryAll, queryFirst, scanAll };
