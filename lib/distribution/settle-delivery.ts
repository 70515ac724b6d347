import { derivedId } from '../ids.ts';
import { toTimestamp } from '../time.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';

type SettlePorts = Pick<DeliveryPorts, 'distributions' | 'slots' | 'publisher' | 'clock'>;

interface Transfer {
  readonly commandId: string;
  readonly attempt: number;
  readonly bytes: number;
  readonly durationSeconds: number;
}

/**
 * A reason's length in a distribution. The node writes the message: hundreds of long ones would not fit an item (400 kB), and the
 * 100 of a closing event not an event (256 kB). The delivery row keeps all of it.
 */
const REASON_MAX_CHARACTERS = 300;

/** The reason of a failed target, as distributions and closing events show it. */
const failureText = (row: Delivery): string =>
  row.lastFailure === undefined
    ? 'failed'
    : `${row.lastFailure.class}: ${row.lastFailure.message}`.slice(0, REASON_MAX_CHARACTERS);

/** What follows from a verified row. Every step may be repeated; the event's id is derived from the command. */
const settleVerified = async (ports: SettlePorts, row: Delivery, transfer: Transfer): Promise<void> => {
  for (const id of row.distributionIds) await ports.distributions.addVerified(id, row.nodeId);
  await ports.slots.release([transfer.commandId]);
  await ports.publisher.publish([
    {
      name: 'DeliveryVerified',
      eventId: derivedId('e', transfer.commandId, 'verified'),
      occurredAt: toTimestamp(ports.clock.now()),
      fields: {
        artifactId: row.artifactId,
        nodeId: row.nodeId,
        attempt: transfer.attempt,
        bytes: transfer.bytes,
        durationSeconds: transfer.durationSeconds,
      },
    },
  ]);
};

/** What follows when the attempt `attempt` failed, for good or for now. Every step may be repeated. */
const settleFailed = async (
  ports: SettlePorts,
  row: Delivery,
  attempt: number,
  failure: NonNullable<Delivery['lastFailure']>,
  commandId?: string,
): Promise<void> => {
  const final = row.state === 'failed' && row.attempt === attempt;
  if (final) {
    for (const id of row.distributionIds) {
      await ports.distributions.addFailed(id, row.nodeId, failureText(row));
    }
  }
  if (commandId !== undefined) await ports.slots.release([commandId]);
  await ports.publisher.publish([
    {
      name: 'DeliveryFailed',
      eventId: derivedId('e', row.artifactId, row.nodeId, attempt, failure.class, 'failed'),
      occurredAt: toTimestamp(ports.clock.now()),
      fields: {
        artifactId: row.artifactId,
        nodeId: row.nodeId,
        attempt,
        failureClass: failure.class,
        message: failure.message,
        final,
      },
    },
  ]);
};

export { failureText, settleFailed, settleVerified };
