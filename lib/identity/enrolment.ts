import * as z from 'zod';
import { labelsSchema } from '../artifacts/artifact.ts';
import { nodeIdSchema } from '../ids.ts';
import { capabilitiesSchema, providerSchema } from '../nodes/node.ts';
import { timestampSchema } from '../time.ts';

const machine = {
  bootId: z.string().min(1).max(128),
  agentVersion: z.string().min(1).max(64),
};

/** POST /enroll: a machine becomes a node with a join token, or says who it is again after a restart with its secret. */
const enrollRequestSchema = z.object({
  ...machine,
  /** Needed for a new node. */
  joinToken: z.string().max(512).optional(),
  /** After a restart: keeps the nodeId. */
  nodeId: nodeIdSchema.optional(),
  nodeSecret: z.string().max(512).optional(),
  provider: providerSchema,
  instanceId: z.string().min(1).max(256),
  role: z.string().min(1).max(64).optional(),
  labels: labelsSchema.optional(),
  capabilities: capabilitiesSchema,
});
type EnrollRequest = z.infer<typeof enrollRequestSchema>;

/** POST /credentials: trades the node secret for credentials of at most an hour. */
const credentialsRequestSchema = z.object({
  ...machine,
  nodeId: nodeIdSchema,
  nodeSecret: z.string().max(512),
});

const credentialsSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiresAt: timestampSchema,
});

const credentialsResponseSchema = z.object({ credentials: credentialsSchema });

const enrollResponseSchema = z.object({
  nodeId: nodeIdSchema,
  /** Only when it is new: the agent keeps it in its data folder, mode 600. */
  nodeSecret: z.string().optional(),
  region: z.string(),
  queueUrl: z.string(),
  reportsQueueUrl: z.string(),
  artifactBucket: z.string(),
  heartbeatIntervalSeconds: z.int().positive(),
  credentials: credentialsSchema,
});

/** Every refusal has this body. `retryable` says whether the same call can succeed later. */
const refusalSchema = z.object({
  error: z.enum([
    'malformed-request',
    'not-found',
    'invalid-token',
    'expired-token',
    'used-token',
    'revoked-token',
    'invalid-secret',
    'node-revoked',
    'node-ended',
    'boot-id-conflict',
    'instance-already-enrolled',
    'rate-limited',
    'unavailable',
  ]),
  message: z.string(),
  retryable: z.boolean(),
});

export type { EnrollRequest };
export {
  credentialsRequestSchema,
  credentialsResponseSchema,
  credentialsSchema,
  enrollRequestSchema,
  enrollResponseSchema,
  refusalSchema,
};
