interface Page {
  readonly Items?: Record<string, unknown>[] | undefined;
  readonly LastEvaluatedKey?: Record<string, unknown> | undefined;
}

/** Reads every page of a query, or fails: an incomplete listing is never an answer. Stops early at `limit` items. */
const readPages = async (
  readPage: (startKey: Record<string, unknown> | undefined) => Promise<Page>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Record<string, unknown>[]> => {
  const items: Record<string, unknown>[] = [];
  let startKey: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await readPage(startKey);
    items.push(...Items);
    startKey = LastEvaluatedKey;
  } while (startKey !== undefined && items.length < limit);
  return items.slice(0, limit);
};

export { readPages };
