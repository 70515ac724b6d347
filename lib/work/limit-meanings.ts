import type { PopulationLimit } from './population.ts';

/** What each limit means, for people. */
const limitMeanings: Readonly<Record<PopulationLimit, string>> = {
  nothing: 'it has what it needs',
  'fleet-held': 'a person froze or paused the fleet: drover holds',
  'pipeline-paused': 'the health of the system paused new work: drover health',
  'depth-unknown': 'it is not known how much waits',
  'capacity-unknown': 'it is not known what nodes can take',
  'backpressure-stop': 'what was made before waits downstream: drover queue status',
  'campaign-held': 'a person paused the campaign: drover holds',
  'no-live-node': 'no live node can take such a job: its GPUs, labels, policy or template',
  'entry-maximum': 'the maximum of the entry of the mix',
  'campaign-maximum': 'the maximum of the campaign',
  'job-type-maximum': 'the maximum of the job type over all campaigns',
  'queue-full': 'the hard limit of the queue (maximumDepth)',
  'cycle-full': 'one cycle makes at most 1000 jobs: the next goes on',
  'backpressure-slow': 'a quarter of the usual depth waits, because what was made waits downstream',
  'turn-of-others': 'its share gives it its turn later',
};

export { limitMeanings };
