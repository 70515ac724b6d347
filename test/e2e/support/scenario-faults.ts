import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { deadLetterName, FUNCTIONS, QUEUES, resourceName, TARGET_DLQ } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Check } from './scenario-check.ts';
import { CANONICAL, PIPELINE, putEvent } from './scenario-events.ts';
import { badMessages, stageQueue } from './scenario-queues.ts';
import { SCHEDULES } from './scenario-schedules.ts';
import type { Stage } from './scenario-stage.ts';

/** The last part of a rule's name → its target's dead-letter queue, and what makes the rule act. */
interface RefusedTarget {
  readonly rule: string;
  readonly deadLetterQueue: string;
  readonly act: (stage: Stage) => Promise<unknown>;
}

const refusedTargets: readonly RefusedTarget[] = [
  {
    rule: 'external',
    deadLetterQueue: deadLetterName(QUEUES.ingest),
    act: ({ operator }) => putEvent(operator, { source: PIPELINE, name: 'ModelPromoted' }),
  },
  {
    rule: FUNCTIONS.dispatchDistribution,
    deadLetterQueue: deadLetterName(QUEUES.distribution),
    act: ({ operator }) => putEvent(operator, { source: CANONICAL, name: 'ModelPromoted' }),
  },
  {
    rule: FUNCTIONS.recordOutcomes,
    deadLetterQueue: deadLetterName(QUEUES.outcomes),
    act: ({ operator }) => putEvent(operator, { source: CANONICAL, name: 'TrainingFailed' }),
  },
  {
    rule: FUNCTIONS.dispatchWork,
    deadLetterQueue: deadLetterName(QUEUES.work),
    act: ({ operator }) => putEvent(operator, { source: CANONICAL, name: 'WorkSubmitted' }),
  },
  {
    rule: FUNCTIONS.recordRatings,
    deadLetterQueue: deadLetterName(QUEUES.ratings),
    act: ({ operator }) => putEvent(operator, { source: CANONICAL, name: 'RatingUpdated' }),
  },
  {
    rule: FUNCTIONS.dispatchSync,
    deadLetterQueue: deadLetterName(QUEUES.sync),
    act: ({ operator }) => putEvent(operator, { source: CANONICAL, name: 'DataStale' }),
  },
  {
    rule: 'log',
    deadLetterQueue: TARGET_DLQ,
    act: ({ operator }) => putEvent(operator, { source: CANONICAL, name: 'NodeRevoked' }),
  },
  ...SCHEDULES.map((rule) => ({
    rule,
    deadLetterQueue: TARGET_DLQ,
    act: ({ cloud }: Stage) => cloud.tick(resourceName(LOCAL_STAGE, rule)),
  })),
];

const consumers: Readonly<Record<string, string>> = {
  [QUEUES.ingest]: FUNCTIONS.routeEvents,
  [QUEUES.distribution]: FUNCTIONS.dispatchDistribution,
  [QUEUES.reports]: FUNCTIONS.recordReports,
  [QUEUES.outcomes]: FUNCTIONS.recordOutcomes,
  [QUEUES.work]: FUNCTIONS.dispatchWork,
  [QUEUES.ratings]: FUNCTIONS.recordRatings,
  [QUEUES.sync]: FUNCTIONS.dispatchSync,
};

const failureSchema = z.looseObject({ messageId: z.string() });

/** For each message that a function failed on: how often it said that it comes back. */
const failuresOf = async ({ operator }: Stage, consumer: string): Promise<Map<string, number>> => {
  const logGroupName = `/aws/lambda/${resourceName(LOCAL_STAGE, consumer)}`;
  const { events = [] } = await operator.clients.logs.send(new FilterLogEventsCommand({ logGroupName }));
  const failures = new Map<string, number>();
  for (const { message = '' } of events.filter(({ message }) => message?.includes('it comes back'))) {
    const { messageId } = failureSchema.parse(JSON.parse(message));
    failures.set(messageId, (failures.get(messageId) ?? 0) + 1);
  }
  return failures;
};

const faultChecks: readonly Check[] = [
  ...refusedTargets.map(({ rule, deadLetterQueue, act }) => ({
    name: `what the target of the rule ${rule} does not take lies in ${deadLetterQueue}`,
    covers: [`dead letters of ${rule}`],
    cloud: 'refusing' as const,
    run: async (stage: Stage) => {
      await act(stage);
      await stage.until(async () => {
        const letters = await stage.receive(stageQueue(deadLetterQueue), { visibilitySeconds: 0 });
        return letters.some(({ MessageAttributes = {} }) =>
          MessageAttributes['RULE_ARN']?.StringValue?.endsWith(`/${resourceName(LOCAL_STAGE, rule)}`),
        );
      }, `an event that the rule ${rule} could not deliver in ${deadLetterQueue}`);
    },
  })),
  ...badMessages.map(({ queue, put }) => {
    const consumer = consumers[queue] ?? queue;
    return {
      name: `a message of ${queue} that ${consumer} fails on comes back`,
      covers: [`failures of ${queue}`],
      cloud: 'mute' as const,
      run: async (stage: Stage) => {
        // The first message finds the function cold: its start may take longer than a message stays hidden.
        await put(stage);
        const first = await stage.until(async () => {
          const failures = await failuresOf(stage, consumer);
          return failures.size > 0 && failures;
        }, `a first try of ${consumer}`);
        await put(stage);
        await stage.until(async () => {
          const failures = await failuresOf(stage, consumer);
          return [...failures].some(([messageId, tries]) => !first.has(messageId) && tries > 1);
        }, `a second try of ${consumer}`);
      },
    };
  }),
];

export { faultChecks };
