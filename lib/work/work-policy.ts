import type { WorkConfig } from './work-settings.ts';

/** How much work is kept waiting, with the numbers of what is not written. */
interface WorkPolicy {
  readonly horizonSeconds: number;
  readonly minimumDepth: number;
  readonly maximumDepth: number;
  readonly unsyncedGigabytesPerNode: number;
  readonly fullNodesPercent: number;
  readonly trainingBacklog: number;
}

/**
 * Two hours are what the replaced system came to after queues of 2,686 to 10,974 jobs for 7 to 12 nodes (events 5-1); so were its hard
 * limit of 1000 waiting jobs and the 93 % of a disk at which nothing is produced.
 */
const defaultWorkPolicy: WorkPolicy = {
  horizonSeconds: 7200,
  minimumDepth: 10,
  maximumDepth: 1000,
  unsyncedGigabytesPerNode: 100,
  fullNodesPercent: 50,
  trainingBacklog: 500,
};

const resolveWorkPolicy = ({
  horizonSeconds = defaultWorkPolicy.horizonSeconds,
  minimumDepth = defaultWorkPolicy.minimumDepth,
  maximumDepth = defaultWorkPolicy.maximumDepth,
  backpressure: {
    unsyncedGigabytesPerNode = defaultWorkPolicy.unsyncedGigabytesPerNode,
    fullNodesPercent = defaultWorkPolicy.fullNodesPercent,
    trainingBacklog = defaultWorkPolicy.trainingBacklog,
  } = {},
}: Pick<WorkConfig, 'horizonSeconds' | 'minimumDepth' | 'maximumDepth' | 'backpressure'>): WorkPolicy => ({
  horizonSeconds,
  minimumDepth,
  maximumDepth,
  unsyncedGigabytesPerNode,
  fullNodesPercent,
  trainingBacklog,
});

export type { WorkPolicy };
export { defaultWorkPolicy, resolveWorkPolicy };
