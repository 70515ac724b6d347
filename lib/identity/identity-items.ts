import * as z from 'zod';
import { InvariantError } from '../errors.ts';
import { nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

/** Keys of the identity table (docs/contributors/architecture.md, "State"). */
const identityKeys = {
  signingKey: 'KEY#join',
  token: (tokenHash: string): string => `TOKEN#${tokenHash}`,
  /** Finds a token's hash by its id, for revoking. */
  tokenId: (tokenId: string): string => `TOKENID#${tokenId}`,
  secret: (nodeId: string): string => `SECRET#${nodeId}`,
  instance: (provider: string, instanceId: string): string => `INSTANCE#${provider}#${instanceId}`,
  attempts: (source: string, minute: number): string => `RATE#${source}#${minute}`,
};

const signingKeyItemSchema = z.object({ signingKey: z.string().min(1) });
const tokenItemSchema = z.object({
  tokenHash: z.string(),
  tokenId: z.string(),
  createdAt: timestampSchema,
  createdBy: z.string(),
  expiresAt: timestampSchema,
  usesLeft: z.int().nonnegative(),
  revokedAt: timestampSchema.optional(),
  usedBy: z.record(z.string(), nodeIdSchema),
});
const tokenIdItemSchema = z.object({ tokenHash: z.string() });
const secretItemSchema = z.object({
  nodeId: nodeIdSchema,
  secretHash: z.string(),
  revokedAt: timestampSchema.optional(),
});
const instanceItemSchema = z.object({ nodeId: nodeIdSchema });
const attemptsItemSchema = z.object({ attempts: z.int() });

/** An item as its schema says. @throws InvariantError without the item's content, which may be secret */
const readItem = <Schema extends z.ZodType>(schema: Schema, item: unknown, kind: string): z.infer<Schema> => {
  const parsed = schema.safeParse(item);
  if (!parsed.success) {
    const paths = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new InvariantError(`a ${kind} item of the identity table does not match its schema: ${paths}`);
  }
  return parsed.data;
};

export {
  attemptsItemSchema,
  identityKeys,
  instanceItemSchema,
  readItem,
  secretItemSchema,
  signingKeyItemSchema,
  tokenIdItemSchema,
  tokenItemSchema,
};
