import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { artifactKey } from '../artifacts/artifact.ts';
import { PermanentError } from '../errors.ts';
import { inventoryDocumentSchema } from './report.ts';

type InventoryDocument = z.infer<typeof inventoryDocumentSchema>;

/** The full inventories that agents put into the store. */
interface InventoryDocuments {
  /** The bytes of the object; undefined when there is none. @throws TransientError when the store cannot be read */
  read(key: string): Promise<Uint8Array | undefined>;
}

interface InventoryHandle {
  readonly nodeId: string;
  readonly digest: string;
  readonly key: string;
}

/**
 * The inventory that a node reported: its bytes have the digest, its key is the digest's, its node is the sender.
 * @throws PermanentError when it is not there or not that
 */
const readInventory = async (
  documents: InventoryDocuments,
  { nodeId, digest, key }: InventoryHandle,
): Promise<InventoryDocument> => {
  if (key !== artifactKey(digest)) {
    throw new PermanentError(`the inventory of ${nodeId} lies at ${key}, not at ${artifactKey(digest)}`);
  }
  const bytes = await documents.read(key);
  if (bytes === undefined) {
    throw new PermanentError(
      `the inventory of ${nodeId} is not in the store (${key}): the agent uploads it before it reports`,
    );
  }
  if (createHash('sha256').update(bytes).digest('hex') !== digest) {
    throw new PermanentError(`the inventory at ${key} does not have the digest that ${nodeId} reported`);
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new PermanentError(`the inventory at ${key} is not JSON`, { cause });
  }
  const parsed = inventoryDocumentSchema.safeParse(json);
  if (!parsed.success || parsed.data.nodeId !== nodeId) {
    throw new PermanentError(`the inventory at ${key} is no inventory of ${nodeId}`, { cause: parsed.error });
  }
  return parsed.data;
};

export type { InventoryDocument, InventoryDocuments, InventoryHandle };
export { readInventory };
