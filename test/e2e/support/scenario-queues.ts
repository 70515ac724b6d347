import { randomUUID } from 'node:crypto';
import {
  deadLetterName,
  eventsLogGroupName,
  FUNCTIONS,
  MAX_RECEIVE_COUNT,
  NODE_QUEUE_PART,
  nodeQueueName,
  QUEUES,
  resourceName,
} from '../../../lib/constants.ts';
import { eventsConsumedBy } from '../../../lib/events/catalogue.ts';
import { tailEvents } from '../../../lib/events/read-events-log.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Check } from './scenario-check.ts';
import { CANONICAL, PIPELINE, putEvent } from './scenario-events.ts';
import type { Stage } from './scenario-stage.ts';

const stageQueue = (name: string): string => resourceName(LOCAL_STAGE, name);

/** Longer than any check: a message once seen is not seen again. */
const HIDDEN_SECONDS = 600;

/** Waits until the messages of the queue contain all `markers`; answers the bodies of all that came. */
const collect = async (stage: Stage, queue: string, markers: readonly string[]): Promise<string[]> => {
  const bodies: string[] = [];
  await stage.until(async () => {
    const messages = await stage.receive(stageQueue(queue), { visibilitySeconds: HIDDEN_SECONDS });
    bodies.push(...messages.map(({ Body = '' }) => Body));
    return markers.every((marker) => bodies.some((body) => body.includes(marker)));
  }, `${markers.length} events in the queue ${queue}`);
  return bodies;
};

/** Whether `count` receives in a row that nobody answers each give the message. */
const comesBack = async (stage: Stage, queue: string, marker: string, count: number): Promise<void> => {
  for (let received = 0; received < count; received += 1) {
    await stage.until(
      async () => {
        const messages = await stage.receive(queue, { visibilitySeconds: 0 });
        return messages.some(({ Body = '' }) => Body.includes(marker));
      },
      `receive ${received + 1} of ${count} of a message in ${queue}`,
    );
  }
};

/** The message comes five times, and at the next receive lies in the dead-letter queue instead. */
const untilDeadLettered = async (
  stage: Stage,
  queue: string,
  deadLetterQueue: string,
  marker: string,
): Promise<void> => {
  await comesBack(stage, queue, marker, MAX_RECEIVE_COUNT);
  const again = await stage.receive(queue, { visibilitySeconds: 0 });
  if (again.some(({ Body = '' }) => Body.includes(marker))) {
    throw new Error(`${queue} gave a message more than ${MAX_RECEIVE_COUNT} times`);
  }
  await stage.until(async () => {
    const letters = await stage.receive(deadLetterQueue, { visibilitySeconds: 0 });
    return letters.some(({ Body = '' }) => Body.includes(marker));
  }, `the message in ${deadLetterQueue}`);
};

interface BadMessage {
  readonly queue: string;
  /** Brings a message into the queue; answers a part of it. */
  readonly put: (stage: Stage) => Promise<string>;
}

/** One message for each queue that its consumer cannot take. */
const badMessages: readonly BadMessage[] = [
  {
    queue: QUEUES.ingest,
    put: ({ operator }) => putEvent(operator, { source: PIPELINE, name: 'of no known name' }),
  },
  {
    queue: QUEUES.distribution,
    put: ({ operator }) =>
      putEvent(operator, { source: CANONICAL, name: 'ModelPromoted', fields: { name: '' } }),
  },
  {
    queue: QUEUES.outcomes,
    put: ({ operator }) =>
      putEvent(operator, { source: CANONICAL, name: 'TrainingFailed', fields: { runId: '' } }),
  },
  {
    queue: QUEUES.ratings,
    put: ({ operator }) =>
      putEvent(operator, { source: CANONICAL, name: 'RatingUpdated', fields: { value: null } }),
  },
  {
    queue: QUEUES.work,
    put: ({ operator }) =>
      putEvent(operator, { source: CANONICAL, name: 'WorkSubmitted', fields: { workId: '' } }),
  },
  {
    queue: QUEUES.sync,
    put: ({ operator }) =>
      putEvent(operator, { source: CANONICAL, name: 'DataProduced', fields: { nodeId: '' } }),
  },
  {
    queue: QUEUES.reports,
    put: async ({ node }) => {
      const marker = randomUUID();
      await (await node()).report({ marker });
      return marker;
    },
  },
];

/** Who is brought events by a rule, and into which queue. */
const eventConsumers = [
  { consumer: FUNCTIONS.dispatchDistribution, queue: QUEUES.distribution },
  { consumer: FUNCTIONS.recordOutcomes, queue: QUEUES.outcomes },
  { consumer: FUNCTIONS.dispatchWork, queue: QUEUES.work },
  { consumer: FUNCTIONS.recordRatings, queue: QUEUES.ratings },
  { consumer: FUNCTIONS.dispatchSync, queue: QUEUES.sync },
] as const;

const queueChecks: readonly Check[] = [
  ...eventConsumers.map(({ consumer, queue }) => ({
    name: `each event that ${consumer} handles comes into its queue, and no other`,
    covers: [`rule ${consumer}`],
    cloud: 'still' as const,
    run: async (stage: Stage) => {
      const unwanted = [
        await putEvent(stage.operator, { source: CANONICAL, name: 'ArtifactRegistered' }),
        ...(await Promise.all(
          eventsConsumedBy(consumer).map((name) => putEvent(stage.operator, { source: PIPELINE, name })),
        )),
      ];
      const wanted: string[] = [];
      for (const name of eventsConsumedBy(consumer)) {
        wanted.push(await putEvent(stage.operator, { source: 'drover.cli', name }));
      }
      const bodies = await collect(stage, queue, wanted);
      const strays = bodies.filter((body) => unwanted.some((id) => body.includes(id)));
      if (strays.length > 0) throw new Error(`the queue has also ${strays.join()}`);
    },
  })),
  {
    name: 'events from outside come into the queue of the router, canonical ones do not',
    covers: ['rule external'],
    cloud: 'still',
    run: async (stage) => {
      const canonical = await putEvent(stage.operator, { source: CANONICAL, name: 'ModelPromoted' });
      const outside = await putEvent(stage.operator, { source: PIPELINE, name: 'of no known name' });
      const bodies = await collect(stage, QUEUES.ingest, [outside]);
      if (bodies.some((body) => body.includes(canonical)))
        throw new Error('a canonical event would go in circles');
    },
  },
  {
    name: 'every event is in the events log, from Drover and from outside',
    covers: ['rule log'],
    cloud: 'still',
    run: async ({ operator, until }) => {
      const eventIds = [
        await putEvent(operator, { source: CANONICAL, name: 'NodeRevoked' }),
        await putEvent(operator, { source: PIPELINE, name: 'of no known name' }),
      ];
      const options = {
        client: operator.clients.logs,
        group: eventsLogGroupName(LOCAL_STAGE),
        since: new Date(0),
        follow: false,
        sources: 'all',
      } as const;
      await until(async () => {
        const logged: unknown[] = [];
        for await (const { eventId } of tailEvents(options)) logged.push(eventId);
        return eventIds.every((eventId) => logged.includes(eventId));
      }, 'both events in the events log');
    },
  },
  ...badMessages.map(({ queue, put }) => ({
    name: `a message of ${queue} that is received five times in vain ends in ${deadLetterName(queue)}`,
    covers: [`redrive of ${queue}`],
    cloud: 'still' as const,
    run: async (stage: Stage) =>
      untilDeadLettered(stage, stageQueue(queue), stageQueue(deadLetterName(queue)), await put(stage)),
  })),
  {
    name: 'a command that no agent answers ends in node-dlq',
    covers: [`NODE_DEAD_LETTER_QUEUE_ARN of ${FUNCTIONS.enrollNode}`],
    cloud: 'still',
    run: async (stage) => {
      const { nodeId } = await stage.node();
      const marker = randomUUID();
      const queue = nodeQueueName(LOCAL_STAGE, nodeId);
      await stage.send(queue, marker);
      await untilDeadLettered(stage, queue, stageQueue(deadLetterName(NODE_QUEUE_PART)), marker);
    },
  },
];

export { badMessages, queueChecks, stageQueue };
