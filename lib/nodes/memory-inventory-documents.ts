import type { InventoryDocuments } from './inventory-documents.ts';

/** InventoryDocuments in memory, by key. */
const createMemoryInventoryDocuments = (objects: ReadonlyMap<string, Uint8Array>): InventoryDocuments => ({
  read: async (key) => objects.get(key),
});

export { createMemoryInventoryDocuments };
