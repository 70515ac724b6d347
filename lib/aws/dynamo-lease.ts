import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { toTimestamp } from '../time.ts';
import { writeIf } from './conditional-write.ts';

/** Before every timestamp: the lease of nobody. */
const ENDED = '0000-01-01T00:00:00.000Z';

/** One at a time: who holds the lease may work. It ends by itself. */
interface Lease {
  /** False while another holder's lease runs. */
  take(holder: string, now: Date, until: Date): Promise<boolean>;
  release(holder: string): Promise<void>;
}

/** A lease in the control table: `LEASE` / `<name>`. */
const createDynamoLease = (client: DynamoDBDocumentClient, tableName: string, name: string): Lease => {
  const key = { TableName: tableName, Key: { scope: 'LEASE', item: name } };
  return {
    take: (holder, now, until) =>
      writeIf(() =>
        client.send(
          new UpdateCommand({
            ...key,
            UpdateExpression: 'SET holder = :holder, leaseUntil = :until',
            // One holder: only a lease that ended can be taken.
            ConditionExpression: 'attribute_not_exists(leaseUntil) OR leaseUntil <= :now',
            ExpressionAttributeValues: {
              ':holder': holder,
              ':until': toTimestamp(until),
              ':now': toTimestamp(now),
            },
          }),
        ),
      ),
    release: async (holder) => {
      await writeIf(() =>
        client.send(
          new UpdateCommand({
            ...key,
            UpdateExpression: 'SET leaseUntil = :ended',
            // A lease that ran out may be another's by now.
            ConditionExpression: 'holder = :holder',
            ExpressionAttributeValues: { ':holder': holder, ':ended': ENDED },
          }),
        ),
      );
    },
  };
};

export type { Lease };
export { createDynamoLease };
