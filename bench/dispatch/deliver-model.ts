import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { artifactKey } from '../../lib/artifacts/artifact.ts';
import type { PullCommand } from '../../lib/commands/command.ts';
import type { BenchNode } from './bench-node.ts';
import type { OperatorClients } from './operator-clients.ts';
import { until } from './until.ts';

const BYTES = 50_000_000;
/** What follows a verified delivery (events, closing) ends before the next round starts. */
const SETTLE_MS = 150;

interface Setting {
  readonly clients: OperatorClients;
  readonly node: BenchNode;
  readonly eventBusName: string;
}

const register = async ({ artifacts }: OperatorClients, name: string, version: number): Promise<string> => {
  const artifactId = createHash('sha256').update(`${name}@${version}`).digest('hex');
  const now = new Date().toISOString();
  await artifacts.register({
    artifactId,
    kind: 'model',
    name,
    version: String(version),
    fileName: 'm.pth',
    bytes: BYTES,
    labels: {},
    registeredAt: now,
    registeredBy: 'bench',
    replicaNodeIds: [],
    storeReplica: {
      key: artifactKey(artifactId),
      verifiedAt: now,
      checksum: Buffer.from(artifactId, 'hex').toString('base64'),
    },
  });
  return artifactId;
};

const promote = async (
  { clients, eventBusName }: Setting,
  source: string,
  artifactId: string,
): Promise<void> => {
  const detail = {
    schemaVersion: 1,
    eventId: randomUUID(),
    occurredAt: new Date().toISOString(),
    artifactId,
  };
  const entry = { EventBusName: eventBusName, Source: source, DetailType: 'ModelPromoted' };
  await clients.events.send(
    new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(detail) }] }),
  );
};

const answer = (node: BenchNode, command: PullCommand): Promise<void> =>
  node.report({
    type: 'command-result',
    result: {
      commandId: command.commandId,
      attempt: command.attempt,
      commandType: command.type,
      outcome: 'succeeded',
      file: {
        artifactId: command.artifactId,
        bytes: command.bytes,
        path: command.path,
        transferredBytes: command.bytes,
        durationSeconds: 1,
        ...(command.current && { currentPromotedAt: command.current.promotedAt }),
      },
    },
  });

/**
 * One promotion, to its end: milliseconds from the call of PutEvents to the command in the agent's hands. Then the node
 * answers, and everything settles before the next round.
 *
 * @param source the event's source: `drover.…` goes to the consumer at once, every other one through `route-events`
 */
const deliverModel = async (
  setting: Setting,
  source: string,
  name: string,
  version: number,
): Promise<number> => {
  const { clients, node } = setting;
  const artifactId = await register(clients, name, version);
  const waiting = node.receive();
  const start = performance.now();
  await promote(setting, source, artifactId);
  const { command, receivedAt, acknowledge } = await waiting;
  if (command.type !== 'pull' || command.artifactId !== artifactId) {
    throw new Error(`the node was sent ${command.type} instead of the pull of ${artifactId}`);
  }
  await acknowledge();
  await answer(node, command);
  await until(
    `the verification of ${name}@${version}`,
    async () => (await clients.deliveries.get(artifactId, node.nodeId))?.state === 'verified',
  );
  await delay(SETTLE_MS);
  return receivedAt - start;
};

export type { Setting };
export { deliverModel };
