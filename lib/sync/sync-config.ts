import * as z from 'zod';
import { artifactKindSchema, labelsSchema, segmentSchema } from '../artifacts/artifact.ts';
import { nodeIdSchema } from '../ids.ts';
import { providerSchema } from '../nodes/node.ts';

const DAY_SECONDS = 86_400;
const bytes = z.int().positive();

/** What can be set for all nodes, for those of one provider, and for one node. */
const nodeSettings = {
  strategy: z
    .enum(['auto', 'ephemeral', 'hybrid'])
    .optional()
    .describe(
      'How what is put gets into the store: at once (ephemeral), in batches (hybrid), or by what the node is. Default auto.',
    ),
  batchBytes: bytes.optional().describe('A batch goes when so many bytes wait. Default 67108864.'),
  batchSeconds: z
    .int()
    .positive()
    .max(DAY_SECONDS)
    .optional()
    .describe('A batch goes when its first file has waited so long. Default 60.'),
  bandwidthBytesPerSecond: bytes
    .optional()
    .describe('The most that transfers of data may take of the network. Default 100000000 (vast 50000000).'),
};

const scheduleSchema = z
  .strictObject({
    everyMinutes: z.int().min(5).max(10_080).describe('How often.'),
    name: segmentSchema.describe('The newest artifacts of this name.'),
    kind: artifactKindSchema.optional().describe('Only of this kind.'),
    labels: labelsSchema.optional().describe('Only those with all of these labels.'),
    newest: z.int().positive().max(100).optional().describe('So many of the newest. Default 1.'),
    targets: z.array(nodeIdSchema).min(1).max(100).optional().describe('Default: every eligible node.'),
  })
  .describe('One sync that comes by the clock.');
type SyncSchedule = z.infer<typeof scheduleSchema>;

/** The section `sync` of fleet.yaml. */
const syncConfigSchema = z.strictObject({
  ...nodeSettings,
  maxDiskUsedPercent: z
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe('A node whose disk is used so much is sent no data. Default 70.'),
  newest: z
    .int()
    .positive()
    .max(100)
    .optional()
    .describe('So many of the newest artifacts go to a node that starts to train. Default 1.'),
  dailyEgressGigabytes: z
    .number()
    .positive()
    .optional()
    .describe(
      'So much may nodes take from the store in a day (UTC) because of syncs. At 80 % it warns, at 100 % it holds all but critical ones. Default: no limit.',
    ),
  blockedAlarmSeconds: z
    .int()
    .min(60)
    .max(DAY_SECONDS)
    .optional()
    .describe('A node that can be sent no data for so long is an alarm. Default 900.'),
  schedules: z
    .array(scheduleSchema)
    .max(50)
    .optional()
    .describe('Syncs that come by the clock: what a node holds already is not sent again.'),
  providers: z
    .partialRecord(providerSchema, z.strictObject(nodeSettings).describe('For the nodes of one provider.'))
    .optional()
    .describe('By provider.'),
  nodes: z
    .record(nodeIdSchema, z.strictObject(nodeSettings).describe('For one node.'))
    .optional()
    .describe('By nodeId.'),
});
type SyncConfig = z.infer<typeof syncConfigSchema>;

export type { SyncConfig, SyncSchedule };
export { syncConfigSchema };
