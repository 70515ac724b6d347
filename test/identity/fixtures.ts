import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import type { EnrollRequest } from '../../lib/identity/enrolment.ts';
import type { EnrolmentPorts, EnrolmentSettings } from '../../lib/identity/enrolment-ports.ts';
import { createMemoryIdentityStore } from '../../lib/identity/memory-identity-store.ts';
import { mintJoinToken } from '../../lib/identity/mint-join-token.ts';
import { createJoinTokenVerifier } from '../../lib/identity/verify-join-token.ts';
import type { IdSource } from '../../lib/ids.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import { createTestClock } from '../nodes/fixtures.ts';

/** Ids that count up, so that a run is the same each time. */
const countingIds = (): IdSource => {
  let next = 0;
  return {
    bytes: (byteCount) => {
      next += 1;
      const bytes = Buffer.alloc(byteCount);
      bytes.writeUInt32BE(next, byteCount - 4);
      return bytes;
    },
    uuid: () => {
      next += 1;
      return `00000000-0000-4000-8000-${String(next).padStart(12, '0')}`;
    },
  };
};

const settings: EnrolmentSettings = {
  stage: 'test',
  region: 'eu-west-1',
  nodeQueueUrlPrefix: 'https://sqs.eu-west-1.amazonaws.com/111122223333/drover-test-node-',
  reportsQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/drover-test-reports',
  artifactBucket: 'drover-test-artifacts',
};

const caller = { sourceAddress: '203.0.113.7' };

const makeRequest = (overrides: Partial<EnrollRequest> = {}): EnrollRequest => ({
  bootId: 'boot-1',
  agentVersion: '0.1.0',
  provider: 'vast',
  instanceId: '1001',
  capabilities: { acceptsKinds: ['model'], trains: false, ephemeral: false, gpuCount: 1 },
  ...overrides,
});

/** An installation in memory, whose operator can mint tokens. Only the two calls to AWS (queue, STS) are stood in for. */
const createInstallation = () => {
  const clock = createTestClock();
  const identity = createMemoryIdentityStore();
  const nodes = createMemoryNodeStore();
  const audit = createMemoryAuditStore();
  const publisher = createMemoryPublisher();
  const ids = countingIds();
  const queuesMade: string[] = [];
  const ports: EnrolmentPorts = {
    identity,
    nodes,
    audit,
    publisher,
    ids,
    clock,
    queues: {
      ensure: async (nodeId) => {
        queuesMade.push(nodeId);
      },
    },
    issuer: {
      issue: async (nodeId) => ({
        accessKeyId: `key-of-${nodeId}`,
        secretAccessKey: 's',
        sessionToken: 't',
        expiresAt: '2026-01-31T13:00:00.000Z',
      }),
    },
    tokens: createJoinTokenVerifier(identity, clock),
  };
  const mint = async (uses = 1, ttlSeconds = 3600) =>
    mintJoinToken({ identity, audit, ids, clock }, { ttlSeconds, uses, createdBy: 'arn:aws:iam::1:user/op' });
  return { clock, identity, nodes, audit, publisher, ports, queuesMade, mint };
};

export { caller, createInstallation, makeRequest, settings };
