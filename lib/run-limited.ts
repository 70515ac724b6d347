/**
 * Runs `work` for every item, at most `limit` at once, and goes on when one fails. Answers the errors in the items' order,
 * so that one bad item never keeps the others from being handled.
 */
const runLimited = async <Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<unknown[]> => {
  const errors = new Map<number, unknown>();
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      try {
        await work(item);
      } catch (error) {
        errors.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return [...errors].sort(([a], [b]) => a - b).map(([, error]) => error);
};

export { runLimited };
