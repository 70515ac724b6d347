import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { countAll, queryFirst } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { toTimestamp } from '../time.ts';
import { copiesPrefix, META, parseMarked, replicaKey, UNORDERED } from './dynamo-meta.ts';
import type { MarkedArtifact, ReplicaState } from './replica-mark.ts';
import type { ReplicaMarks } from './replica-store.ts';

/** No policy can want more: nine nodes and the store. */
const MAX_COPIES = 10;

/** What a mark is made of, and the attribute of each. */
const ATTRIBUTES = {
  state: 'replicaState',
  copies: 'replicaCopies',
  dueAt: 'replicaDueAt',
  pushBegun: 'replicaPushBegun',
  since: 'replicaSince',
  toldAt: 'replicaToldAt',
} as const;

/** ReplicaMarks in the artifacts table: the sparse index `byReplicas`, whose keys META has only while it is marked. */
const createDynamoReplicaMarks = (client: DynamoDBDocumentClient, tableName: string): ReplicaMarks => {
  const inState = (state: ReplicaState) => ({
    TableName: tableName,
    IndexName: INDEXES.artifactsByReplicas,
    KeyConditionExpression: 'replicaState = :state',
    ExpressionAttributeValues: { ':state': state },
  });
  const withCopies = (state: ReplicaState, copies: number) => ({
    ...inState(state),
    KeyConditionExpression: 'replicaState = :state AND begins_with(replicaKey, :copies)',
    ExpressionAttributeValues: { ':state': state, ':copies': copiesPrefix(copies) },
  });
  const list = async (state: ReplicaState, limit: number): Promise<MarkedArtifact[]> =>
    (await queryFirst(client, inState(state), limit)).map(parseMarked);
  return {
    getMarked: async (artifactId) => {
      const { Item } = await client.send(
        new GetCommand({ TableName: tableName, Key: { artifactId, item: META }, ConsistentRead: true }),
      );
      return Item === undefined ? undefined : parseMarked(Item);
    },
    listChanged: (limit) => list('changed', limit),
    listLost: (limit) => list('lost', limit),
    listDue: async (state, now, limit) => {
      const found: MarkedArtifact[] = [];
      // One query for each number of copies: those that wait for their turn are never read.
      for (let copies = 0; copies <= MAX_COPIES && found.length < limit; copies += 1) {
        const prefix = copiesPrefix(copies);
        const query = {
          ...inState(state),
          KeyConditionExpression: 'replicaState = :state AND replicaKey BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':state': state,
            ':from': prefix,
            ':to': `${prefix}${toTimestamp(now)}`,
          },
        };
        found.push(...(await queryFirst(client, query, limit - found.length)).map(parseMarked));
      }
      return found;
    },
    countMarks: async () => {
      const [changed, under, short, lost, none, single] = await Promise.all([
        countAll(client, inState('changed')),
        countAll(client, inState('under')),
        countAll(client, inState('short')),
        countAll(client, inState('lost')),
        countAll(client, withCopies('under', 0)),
        countAll(client, withCopies('under', 1)),
      ]);
      return { changed, under, short, lost, none, single };
    },
    markChanged: (artifactId) =>
      writeIf(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { artifactId, item: META },
            UpdateExpression: 'SET replicaState = :changed, replicaKey = :unordered ADD replicaRevision :one',
            ConditionExpression: 'attribute_exists(artifactId)',
            ExpressionAttributeValues: { ':changed': 'changed', ':unordered': UNORDERED, ':one': 1 },
          }),
        ),
      ),
    // Whoever changed the copies, or looked at them, since then raised the revision: this verdict is of something that was.
    settleMark: (artifactId, replicaRevision, mark) => {
      const values: Record<string, unknown> = { ':seen': replicaRevision, ':one': 1 };
      const set: string[] = [];
      const remove = ['uncounted'];
      const write = (attribute: string, value: unknown): void => {
        if (value === undefined) {
          remove.push(attribute);
          return;
        }
        set.push(`${attribute} = :${attribute}`);
        values[`:${attribute}`] = value;
      };
      write('replicaKey', mark === undefined ? undefined : replicaKey(mark));
      write(ATTRIBUTES.state, mark?.state);
      write(ATTRIBUTES.copies, mark?.copies);
      write(ATTRIBUTES.dueAt, mark?.dueAt);
      write(ATTRIBUTES.pushBegun, mark?.pushBegun);
      write(ATTRIBUTES.since, mark?.since);
      write(ATTRIBUTES.toldAt, mark?.toldAt);
      const setting = set.length === 0 ? '' : `SET ${set.join(', ')} `;
      return writeIf(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { artifactId, item: META },
            UpdateExpression: `${setting}REMOVE ${remove.join(', ')} ADD replicaRevision :one`,
            ConditionExpression: 'replicaRevision = :seen',
            ExpressionAttributeValues: values,
          }),
        ),
      );
    },
  };
};

export { createDynamoReplicaMarks };
