import type { AuditStore } from '../audit/audit-row.ts';
import type { Publisher } from '../events/publisher.ts';
import type { IdSource } from '../ids.ts';
import type { NodeQueues } from '../nodes/create-node-queue.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import type { Clock } from '../time.ts';
import type { CredentialsIssuer } from './credentials-issuer.ts';
import type { IdentityStore } from './identity-store.ts';
import type { JoinTokenVerifier } from './verify-join-token.ts';

/** What the enrolment API works with. */
interface EnrolmentPorts {
  readonly identity: IdentityStore;
  readonly nodes: NodeStore;
  readonly queues: NodeQueues;
  readonly issuer: CredentialsIssuer;
  readonly tokens: JoinTokenVerifier;
  readonly audit: AuditStore;
  readonly publisher: Publisher;
  readonly ids: IdSource;
  readonly clock: Clock;
}

/** What a node is told of its installation. */
interface EnrolmentSettings {
  readonly stage: string;
  readonly region: string;
  readonly nodeQueueUrlPrefix: string;
  readonly reportsQueueUrl: string;
  readonly artifactBucket: string;
}

/** Who calls: the source address as the function URL saw it. */
interface Caller {
  readonly sourceAddress: string;
}

export type { Caller, EnrolmentPorts, EnrolmentSettings };
