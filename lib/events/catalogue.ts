import * as z from 'zod';
import { artifactKindSchema, segmentSchema } from '../artifacts/artifact.ts';
import { failureClassSchema } from '../commands/command-result.ts';
import { FUNCTIONS, type FunctionName } from '../constants.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import { campaignEvents } from './campaign-events.ts';
import { define, type EventDefinition } from './define-event.ts';
import { healthEvents } from './health-events.ts';
import { idleEvents } from './idle-events.ts';
import { providerEvents } from './provider-events.ts';
import { replicationEvents } from './replication-events.ts';
import { syncEvents } from './sync-events.ts';
import { workEvents } from './work-events.ts';

/** What to distribute, and when that counts as done. The artifact by its id, or by name and version: the JSON Schema says so too. */
const distributionRequest = z
  .object({
    artifactId: artifactIdSchema.optional(),
    name: segmentSchema.optional(),
    version: segmentSchema.optional(),
    /** Complete at this many verified nodes (at most the eligible ones). Default: min(10, eligible) for a promotion, else all. */
    minVerified: z.int().positive().optional(),
    deadlineSeconds: z.int().min(1).max(86_400).optional(),
  })
  .refine(
    ({ artifactId, name, version }) =>
      artifactId === undefined
        ? name !== undefined && version !== undefined
        : name === undefined && version === undefined,
    'name the artifact either by artifactId, or by name and version; never both',
  )
  .meta({ oneOf: [{ required: ['artifactId'] }, { required: ['name', 'version'] }] });

const distributionFields = {
  distributionId: z.string(),
  artifactId: artifactIdSchema,
  kind: artifactKindSchema,
  name: segmentSchema,
  version: segmentSchema,
};

/** A node that is not verified, with the reason; at most 100 are listed, `missingCount` has them all. */
const missingNodes = {
  nodes: z.array(nodeIdSchema),
  missing: z.array(z.object({ nodeId: nodeIdSchema, reason: z.string() })).max(100),
  missingCount: z.int().nonnegative(),
  eligibleCount: z.int().nonnegative(),
  requiredVerified: z.int().positive(),
};

/**
 * Every event that Drover knows: the single source of schemas, JSON Schemas, the docs table, rules and consumers.
 * An event has at least one producer, and a consumer or the mark `audit-only`; a test holds that.
 */
const catalogue = {
  ModelPromoted: define({
    description:
      'A model is the one to use from now on: it goes to every eligible node and becomes `current` there.',
    producers: ['pipeline', 'drover-cli'],
    consumers: [FUNCTIONS.dispatchDistribution, FUNCTIONS.recordOutcomes],
    fields: distributionRequest,
  }),
  DatasetPublished: define({
    description: 'Training files (NPZ) are ready: they go to the nodes that train, else to the GPU nodes.',
    producers: ['pipeline'],
    consumers: [FUNCTIONS.dispatchDistribution],
    fields: distributionRequest,
  }),
  TrainingProgressed: define({
    description:
      'A training run got on. From 80 % with a checkpoint, the checkpoint is sent ahead of its promotion.',
    producers: ['pipeline'],
    consumers: [FUNCTIONS.dispatchDistribution],
    fields: z.object({
      name: segmentSchema,
      progressPercent: z.number().min(0).max(100),
      /** A registered artifact. */
      checkpointArtifactId: artifactIdSchema.optional(),
    }),
  }),
  ArtifactRegistered: define({
    description: 'An artifact has a verified store replica and can be distributed.',
    producers: ['drover-cli', FUNCTIONS.recordReports],
    consumers: 'audit-only',
    fields: z.object({
      artifactId: artifactIdSchema,
      kind: artifactKindSchema,
      name: segmentSchema,
      version: segmentSchema,
      bytes: z.int().nonnegative(),
    }),
  }),
  NodeEnrolled: define({
    description: 'A machine became a node.',
    producers: [FUNCTIONS.enrollNode],
    consumers: 'audit-only',
    fields: z.object({ nodeId: nodeIdSchema, provider: z.string(), instanceId: z.string() }),
  }),
  NodeActivated: define({
    description:
      'A node sent its first heartbeat, or is back after it was lost: it is sent the models that are promoted now.',
    producers: [FUNCTIONS.recordReports, FUNCTIONS.reconcileInstances],
    consumers: [FUNCTIONS.dispatchDistribution, FUNCTIONS.dispatchWork],
    fields: z.object({ nodeId: nodeIdSchema }),
  }),
  NodeReturned: define({
    description:
      'A node beat again after more than 300 s of silence: it is sent the promoted models that it missed.',
    producers: [FUNCTIONS.recordReports],
    consumers: [FUNCTIONS.dispatchDistribution],
    fields: z.object({
      nodeId: nodeIdSchema,
      /** Its last heartbeat before. */
      silentSince: timestampSchema,
    }),
  }),
  NodeBootConflict: define({
    description:
      'A second machine claims to be a live node; it was refused. Somebody may have copied a data folder or a secret.',
    producers: [FUNCTIONS.enrollNode],
    consumers: 'audit-only',
    fields: z.object({
      nodeId: nodeIdSchema,
      liveBootId: z.string(),
      refusedBootId: z.string(),
      sourceAddress: z.string().optional(),
    }),
  }),
  NodeRevoked: define({
    description: "A node's trust was ended by an operator.",
    producers: ['drover-cli'],
    consumers: 'audit-only',
    fields: z.object({ nodeId: nodeIdSchema, reason: z.string() }),
  }),
  ...providerEvents,
  ...idleEvents,
  ...healthEvents,
  ...campaignEvents,
  ...workEvents,
  ...replicationEvents,
  ...syncEvents,
  DeliveryVerified: define({
    description: 'A node has an artifact on its disk, hashed there. Frees its transfer slot.',
    producers: [FUNCTIONS.recordReports],
    consumers: [FUNCTIONS.dispatchDistribution, FUNCTIONS.recordOutcomes],
    fields: z.object({
      artifactId: artifactIdSchema,
      nodeId: nodeIdSchema,
      attempt: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      durationSeconds: z.number().nonnegative(),
    }),
  }),
  DeliveryFailed: define({
    description: 'An attempt to bring an artifact to a node failed. Terminal when `final`.',
    producers: [
      FUNCTIONS.recordReports,
      FUNCTIONS.dispatchDistribution,
      FUNCTIONS.dispatchSync,
      FUNCTIONS.sweepDeliveries,
    ],
    consumers: [FUNCTIONS.dispatchDistribution, FUNCTIONS.recordOutcomes],
    fields: z.object({
      artifactId: artifactIdSchema,
      nodeId: nodeIdSchema,
      attempt: z.int().nonnegative(),
      failureClass: failureClassSchema,
      message: z.string(),
      final: z.boolean(),
    }),
  }),
  DistributionStarted: define({
    description: 'An artifact is on its way to its targets.',
    producers: [FUNCTIONS.dispatchDistribution, FUNCTIONS.dispatchSync],
    consumers: 'audit-only',
    fields: z.object({
      ...distributionFields,
      trigger: z.string(),
      targetCount: z.int().nonnegative(),
      skippedCounts: z.record(z.string(), z.int().positive()),
      bytesToTransfer: z.int().nonnegative(),
    }),
  }),
  DistributionCompleted: define({
    description: 'Enough targets hold the artifact, verified. Sent once per distribution.',
    producers: [FUNCTIONS.dispatchDistribution, FUNCTIONS.dispatchSync, FUNCTIONS.sweepDeliveries],
    consumers: 'audit-only',
    fields: z.object({ ...distributionFields, ...missingNodes }),
  }),
  DistributionIncomplete: define({
    description: 'The deadline passed before enough targets held the artifact. Sent once per distribution.',
    producers: [FUNCTIONS.sweepDeliveries, FUNCTIONS.dispatchDistribution, FUNCTIONS.dispatchSync],
    consumers: [FUNCTIONS.recordOutcomes],
    fields: z.object({ ...distributionFields, ...missingNodes }),
  }),
} as const;

type EventName = keyof typeof catalogue;
type EventFields<Name extends EventName> = z.infer<(typeof catalogue)[Name]['fields']>;

const isEventName = (name: string): name is EventName => Object.hasOwn(catalogue, name);

/** The event names that `consumer` handles: its EventBridge rule is made from this. */
const eventsConsumedBy = (consumer: FunctionName): EventName[] =>
  Object.entries(catalogue)
    .filter(([, { consumers }]) => consumers !== 'audit-only' && consumers.includes(consumer))
    .map(([name]) => name)
    .filter(isEventName);

export type { EventDefinition, EventFields, EventName };
export { catalogue, eventsConsumedBy, isEventName };
