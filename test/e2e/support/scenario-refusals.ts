import { deadLetterName, FUNCTIONS, QUEUES, resourceName } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Check } from './scenario-check.ts';
import { CANONICAL, PIPELINE, putEvent } from './scenario-events.ts';
import type { Stage } from './scenario-stage.ts';

/** Waits for a message that `refusedBy` put, with its reason, into the dead-letter queue of `queue`. */
const untilRefused = async (
  stage: Stage,
  queue: string,
  refusedBy: string,
  marker: string,
): Promise<void> => {
  const name = resourceName(LOCAL_STAGE, deadLetterName(queue));
  await stage.until(async () => {
    const letters = await stage.receive(name, { visibilitySeconds: 0 });
    return letters.some(
      ({ Body = '', MessageAttributes = {} }) =>
        Body.includes(marker) &&
        MessageAttributes['refusedBy']?.StringValue === refusedBy &&
        MessageAttributes['reason']?.StringValue !== undefined,
    );
  }, `the refused message in ${name}`);
};

const refusalChecks: readonly Check[] = [
  {
    name: 'an unknown event from outside is refused into ingest-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.routeEvents}`, QUEUES.ingest],
    cloud: 'running',
    run: async (stage) => {
      const marker = await putEvent(stage.operator, { source: PIPELINE, name: 'ModelPromotd' });
      await untilRefused(stage, QUEUES.ingest, FUNCTIONS.routeEvents, marker);
    },
  },
  {
    name: 'a malformed canonical event is refused into distribution-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.dispatchDistribution}`, QUEUES.distribution],
    cloud: 'running',
    run: async (stage) => {
      const event = { source: CANONICAL, name: 'ModelPromoted', fields: { artifactId: 'no hash' } };
      const marker = await putEvent(stage.operator, event);
      await untilRefused(stage, QUEUES.distribution, FUNCTIONS.dispatchDistribution, marker);
    },
  },
  {
    name: 'a malformed outcome is refused into outcomes-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.recordOutcomes}`, QUEUES.outcomes],
    cloud: 'running',
    run: async (stage) => {
      const event = { source: CANONICAL, name: 'TrainingFailed', fields: { runId: '' } };
      const marker = await putEvent(stage.operator, event);
      await untilRefused(stage, QUEUES.outcomes, FUNCTIONS.recordOutcomes, marker);
    },
  },
  {
    name: 'a malformed event of work is refused into work-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.dispatchWork}`, QUEUES.work],
    cloud: 'running',
    run: async (stage) => {
      const event = { source: CANONICAL, name: 'WorkSubmitted', fields: { workId: '' } };
      const marker = await putEvent(stage.operator, event);
      await untilRefused(stage, QUEUES.work, FUNCTIONS.dispatchWork, marker);
    },
  },
  {
    name: 'a rating without a value is refused into ratings-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.recordRatings}`, QUEUES.ratings],
    cloud: 'running',
    run: async (stage) => {
      const fields = { campaignId: 'hex8', metric: 'elo', value: null };
      const marker = await putEvent(stage.operator, { source: CANONICAL, name: 'RatingUpdated', fields });
      await untilRefused(stage, QUEUES.ratings, FUNCTIONS.recordRatings, marker);
    },
  },
  {
    name: 'a malformed report is refused into reports-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.recordReports}`],
    cloud: 'running',
    run: async (stage) => {
      const { report, nodeId } = await stage.node();
      await report({ type: 'of no known type' });
      await untilRefused(stage, QUEUES.reports, FUNCTIONS.recordReports, nodeId);
    },
  },
];

export { refusalChecks, untilRefused };
