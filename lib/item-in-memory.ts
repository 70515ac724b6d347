interface ItemInMemory<Next extends object> {
  get(): Promise<(Next & { readonly revision: number }) | undefined>;
  put(next: Next, expectedRevision: number | undefined): Promise<boolean>;
}

/** One item in memory: what `getControlItem` and `putControlItem` are in DynamoDB. Who puts or gets it has a copy of its own. */
const createItemInMemory = <Next extends object>(): ItemInMemory<Next> => {
  let stored: (Next & { readonly revision: number }) | undefined;
  return {
    get: async () => structuredClone(stored),
    put: async (next, expectedRevision) => {
      if (stored?.revision !== expectedRevision) return false;
      stored = structuredClone({ ...next, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createItemInMemory };
