import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { conditionalWrite } from '../aws/conditional-write.ts';
import { InvariantError, TransientError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import {
  attemptsItemSchema,
  identityKeys,
  instanceItemSchema,
  readItem,
  secretItemSchema,
  signingKeyItemSchema,
  tokenIdItemSchema,
  tokenItemSchema,
} from './identity-items.ts';
import type { IdentityStore } from './identity-store.ts';

type UpdateParts = Omit<UpdateCommand['input'], 'TableName' | 'Key'>;

/** Rows of join tokens stay a month longer than the token, so that a late use is told the truth. */
const TOKEN_KEPT_SECONDS = 30 * 24 * 3600;
const ATTEMPTS_KEPT_SECONDS = 3600;
const epochSeconds = (instant: Date): number => Math.ceil(instant.getTime() / 1000);

/** IdentityStore in DynamoDB. */
const createDynamoIdentityStore = (client: DynamoDBDocumentClient, tableName: string): IdentityStore => {
  const get = async (key: string): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { key }, ConsistentRead: true }),
    );
    return Item;
  };
  const put = (
    Item: Record<string, unknown>,
    condition: Omit<PutCommand['input'], 'TableName' | 'Item'> = {},
  ) => conditionalWrite(client.send(new PutCommand({ TableName: tableName, Item, ...condition })));
  const update = (key: string, parts: UpdateParts) =>
    conditionalWrite(client.send(new UpdateCommand({ TableName: tableName, Key: { key }, ...parts })));

  const signingKey = async (): Promise<Buffer | undefined> => {
    const item = await get(identityKeys.signingKey);
    return item === undefined
      ? undefined
      : Buffer.from(readItem(signingKeyItemSchema, item, 'signing key').signingKey, 'base64');
  };
  const getInstance = async (provider: string, instanceId: string): Promise<string | undefined> => {
    const item = await get(identityKeys.instance(provider, instanceId));
    return item === undefined ? undefined : readItem(instanceItemSchema, item, 'instance').nodeId;
  };

  return {
    signingKey,
    createSigningKey: async (candidate) => {
      // The first key stands: a second one would make all tokens of the first worthless.
      await put(
        { key: identityKeys.signingKey, signingKey: candidate.toString('base64') },
        { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': 'key' } },
      );
      const key = await signingKey();
      if (key === undefined) {
        throw new InvariantError('the signing key vanished right after it was written');
      }
      return key;
    },
    putToken: async (token) => {
      const expiresAtEpochSeconds = epochSeconds(new Date(token.expiresAt)) + TOKEN_KEPT_SECONDS;
      await put({ key: identityKeys.token(token.tokenHash), ...token, expiresAtEpochSeconds });
      await put({
        key: identityKeys.tokenId(token.tokenId),
        tokenHash: token.tokenHash,
        expiresAtEpochSeconds,
      });
    },
    getToken: async (tokenHash) => {
      const item = await get(identityKeys.token(tokenHash));
      return item === undefined ? undefined : readItem(tokenItemSchema, item, 'token');
    },
    useToken: async (tokenHash, machine, nodeId, now) =>
      (await update(identityKeys.token(tokenHash), {
        UpdateExpression: 'SET usesLeft = usesLeft - :one, usedBy.#machine = :nodeId',
        // Never more nodes than uses; one use per machine; nothing after expiry or revocation.
        ConditionExpression:
          'usesLeft >= :one AND attribute_not_exists(revokedAt) AND expiresAt > :now AND attribute_not_exists(usedBy.#machine)',
        ExpressionAttributeNames: { '#machine': machine },
        ExpressionAttributeValues: { ':one': 1, ':nodeId': nodeId, ':now': toTimestamp(now) },
      })) !== undefined,
    revokeToken: async (tokenId, now) => {
      const item = await get(identityKeys.tokenId(tokenId));
      if (item === undefined) {
        return false;
      }
      const { tokenHash } = readItem(tokenIdItemSchema, item, 'token id');
      return (
        (await update(identityKeys.token(tokenHash), {
          UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :now)',
          ConditionExpression: 'attribute_exists(tokenHash)',
          ExpressionAttributeValues: { ':now': toTimestamp(now) },
        })) !== undefined
      );
    },
    putSecret: async ({ nodeId, secretHash }) => {
      // An update, not a put: a new secret never takes back a revocation.
      await update(identityKeys.secret(nodeId), {
        UpdateExpression: 'SET nodeId = :nodeId, secretHash = :hash',
        ExpressionAttributeValues: { ':nodeId': nodeId, ':hash': secretHash },
      });
    },
    getSecret: async (nodeId) => {
      const item = await get(identityKeys.secret(nodeId));
      return item === undefined ? undefined : readItem(secretItemSchema, item, 'secret');
    },
    revokeSecret: async (nodeId, now) => {
      await update(identityKeys.secret(nodeId), {
        UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :now)',
        ConditionExpression: 'attribute_exists(secretHash)',
        ExpressionAttributeValues: { ':now': toTimestamp(now) },
      });
    },
    bindInstance: async (provider, instanceId, nodeId, previous) => {
      const bound = await update(identityKeys.instance(provider, instanceId), {
        UpdateExpression: 'SET nodeId = :nodeId',
        // One live node per instance.
        ConditionExpression: `attribute_not_exists(nodeId) OR nodeId = :nodeId${previous === undefined ? '' : ' OR nodeId = :previous'}`,
        ExpressionAttributeValues: {
          ':nodeId': nodeId,
          ...(previous === undefined ? {} : { ':previous': previous }),
        },
      });
      const holder = bound === undefined ? await getInstance(provider, instanceId) : nodeId;
      if (holder === undefined)
        throw new TransientError(`the binding of ${provider} ${instanceId} vanished: try again`);
      return holder;
    },
    getInstance,
    countAttempt: async (source, limitPerMinute, now) => {
      const counted = await update(identityKeys.attempts(source, Math.floor(now.getTime() / 60_000)), {
        UpdateExpression: 'SET expiresAtEpochSeconds = :expiry ADD attempts :one',
        ExpressionAttributeValues: { ':one': 1, ':expiry': epochSeconds(now) + ATTEMPTS_KEPT_SECONDS },
        ReturnValues: 'ALL_NEW',
      });
      return readItem(attemptsItemSchema, counted?.Attributes, 'attempts').attempts <= limitPerMinute;
    },
  };
};

export { createDynamoIdentityStore };
